"""What the battery of a site is worth at the prices of a certificate, by plain loops over slots: equation (89).

Prices ``q[t]`` of stored energy, of any sign, part the slots: in each, a watt that goes in pays for its energy and for the
connection and is paid for what it adds; one that comes out is the other way round. What is held from slot ``t - 1`` to ``t``
gains ``q[t] - q[t - 1]``, at most for a full battery. No way to run it gains more, whatever the prices.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.exact.problem import ExactSite
from optimizer.units import PPM, RATE_SCALE, divide_up


def battery_best(
    site: ExactSite, connection: Sequence[int], export: Sequence[int], stored: Sequence[int], unit_bits: int
) -> int:
    """The most that the battery gains after it has paid, rounded up once, in ``2 ** -unit_bits`` micro-units.

    ``connection`` and ``export`` are the slot prices of the site's limits by watt, ``stored`` those of a watt-slot held.
    """
    battery = site.battery
    assert battery is not None
    # sums are in parts of RATE_SCALE x PPM, exactly
    total = stored[0] * battery.initial_uw * RATE_SCALE
    for slot, held in enumerate(stored):
        rate = (battery.energy_rate[slot] + battery.carbon_rate[slot]) << unit_bits
        toll = (rate + (connection[slot] - export[slot]) * RATE_SCALE) * PPM
        total -= connection[slot] * RATE_SCALE * PPM * battery.discharge_w[slot]
        total += max(
            0,
            battery.charge_w[slot] * (battery.stored_uw[slot] * held * RATE_SCALE - toll),
            battery.discharge_w[slot] * (toll - battery.given_uw[slot] * held * RATE_SCALE),
        )
        if slot:
            total += max(0, held - stored[slot - 1]) * battery.capacity_uw * RATE_SCALE
    total -= min(stored[-1] * battery.final_uw, stored[-1] * battery.capacity_uw) * RATE_SCALE
    return divide_up(total, RATE_SCALE * PPM)
