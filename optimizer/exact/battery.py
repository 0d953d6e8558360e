"""Batteries in integers, and what a battery holds as it is charged and discharged: equations (83) to (85).

What goes in and out is counted in watts of IT power: one of them is PUE watts at the connection. Energy is counted in
microwatt-slots there. All losses are on the way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from optimizer.site import Battery
from optimizer.units import PPM, SECONDS_PER_HOUR, W_PER_KW, round_down

Ints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ExactBattery:
    """``charge_w[T]``, ``discharge_w[T]``: watts of IT power at most. One adds ``stored_uw[T]`` or takes ``given_uw[T]``.

    Energies are in microwatt-slots at the connection, rounded down: what there is room for, what it holds before slot 0, and
    the least that it may hold at the end. Rates are what a watt that goes in costs by slot, and one that
    comes out saves, in 1e-4 micro-units.
    """

    charge_w: Ints
    discharge_w: Ints
    stored_uw: Ints
    given_uw: Ints
    capacity_uw: int
    initial_uw: int
    final_uw: int
    slot_seconds: int
    energy_rate: Ints
    carbon_rate: Ints

    def at_no_cost(self) -> ExactBattery:
        """The same battery, run for nothing."""
        nothing = (0,) * len(self.energy_rate)
        return replace(self, energy_rate=nothing, carbon_rate=nothing)

    def held_uw(self, net_w: Sequence[int]) -> list[int]:
        """The energy at the end of each slot, where ``net_w[T]`` goes in and, below 0, comes out."""
        changes = (
            watts * (stored if watts > 0 else given)
            for watts, stored, given in zip(net_w, self.stored_uw, self.given_uw, strict=True)
        )
        return list(accumulate(changes, initial=self.initial_uw))[1:]

    def energy_wh(self, held_uw: int) -> int:
        """Microwatt-slots in watt-hours, rounded down."""
        return held_uw * self.slot_seconds // (SECONDS_PER_HOUR * PPM)


def exact_battery(battery: Battery, pue_ppm: Ints, slot_seconds: int, energy_rate: Ints, carbon_rate: Ints) -> ExactBattery:
    """``battery`` behind a connection at which a watt of IT power is ``pue_ppm[T]`` millionths of a watt."""
    efficiency_ppm = round_down(battery.round_trip_efficiency, PPM)
    charge_w, discharge_w = (round_down(kw, W_PER_KW) for kw in (battery.charge_limit_kw, battery.discharge_limit_kw))
    final_kwh = battery.least_final_energy_kwh

    def energy_uw(kwh: float) -> int:
        return round_down(kwh, W_PER_KW * SECONDS_PER_HOUR * PPM) // slot_seconds

    return ExactBattery(
        charge_w=tuple(charge_w * PPM // pue for pue in pue_ppm),
        discharge_w=tuple(discharge_w * PPM // pue for pue in pue_ppm),
        stored_uw=tuple(efficiency_ppm * pue // PPM for pue in pue_ppm),
        given_uw=pue_ppm,
        capacity_uw=energy_uw(battery.energy_capacity_kwh),
        initial_uw=energy_uw(battery.initial_energy_kwh),
        final_uw=energy_uw(battery.initial_energy_kwh if final_kwh is None else final_kwh),
        slot_seconds=slot_seconds,
        energy_rate=energy_rate,
        carbon_rate=carbon_rate,
    )
