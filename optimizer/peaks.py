"""The peak that pays best: how far a site's draw goes up before its demand charge costs more than the load gains.

Draws at a connection are in microwatts: whole watts of IT power times PUE in millionths, plus overhead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from optimizer.units import PPM, RATE_SCALE, W_PER_KW, divide_up

UW_PER_KW = W_PER_KW * PPM
#: Gains per microwatt are compared in this part of 1e-4 micro-units a kilowatt.
_GAIN_SCALE = UW_PER_KW


class Rise(NamedTuple):
    """Load of one slot that takes the draw from ``begin_uw`` to ``end_uw`` and gains ``rate`` (1e-4 micro-units) an IT watt."""

    begin_uw: int
    end_uw: int
    rate: int
    pue_ppm: int


def charge_micros(micros_per_kw: int, peak_uw: int) -> int:
    """The charge for a peak, rounded up once."""
    return divide_up(micros_per_kw * peak_uw, UW_PER_KW)


def best_peak_uw(rises: Iterable[Rise], least_uw: int, micros_per_kw: int) -> int:
    """The least peak, at least ``least_uw``, from which on a higher one gains no more than it is charged.

    The rises of a slot follow each other at falling rates, and the first begins no higher than ``least_uw``: what a peak
    gains is then concave in it, and the walk up its corners is exact.
    """
    turns: dict[int, int] = {}
    gain = 0
    for rise in rises:
        if rise.end_uw <= least_uw:
            continue
        density = rise.rate * _GAIN_SCALE // rise.pue_ppm
        if rise.begin_uw <= least_uw:
            gain += density
        else:
            turns[rise.begin_uw] = turns.get(rise.begin_uw, 0) + density
        turns[rise.end_uw] = turns.get(rise.end_uw, 0) - density
    peak = least_uw
    charge = micros_per_kw * RATE_SCALE
    for corner in sorted(turns):
        if gain <= charge:
            break
        peak = corner
        gain += turns[corner]
    return peak
