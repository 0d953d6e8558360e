"""What the peaks of sites are worth at prices of their connections.

A peak buys capacity: in slot ``t`` a site may draw ``min(limit, (peak - overhead) / PUE)``. That is concave in the peak, and
its corners are where some slot's limit is reached. ``optimizer.priced.plant`` says the same in plain loops.
"""

from __future__ import annotations

import numpy as np

from optimizer.arrays import IntArray
from optimizer.columns.plant import Peaks
from optimizer.peaks import UW_PER_KW

#: Corners whose value in floats is within this part of the largest are looked at in integers.
_FLOAT_RESOLUTION = 1e-9


def best_of_peaks(peaks: Peaks, price: IntArray, unit_bits: int) -> int:
    """What the best peaks gain at ``price[D, T]`` a watt, less the price of the whole limits; at most 0 a site, rounded up."""
    return sum(_best(peaks, index, price[index], unit_bits) for index in range(len(peaks)))


def _best(peaks: Peaks, index: int, price: IntArray, unit_bits: int) -> int:
    capacity, pue, overhead = peaks.capacity[index], peaks.pue_ppm[index], peaks.overhead_uw[index]
    charge = int(peaks.charge[index]) << unit_bits
    least, full = max(0, int(overhead.max())), overhead + pue * capacity
    corners = np.unique(np.append(full[full > least], least))
    paid = np.flatnonzero((price > 0) & (capacity > 0))
    by_watt = price[paid] / pue[paid]
    bought = np.minimum(full[paid], corners[:, None]) - overhead[paid]
    value = (bought * by_watt).sum(axis=1) - corners * (charge / UW_PER_KW)
    size = float((full[paid] * by_watt).sum()) + float(corners[-1]) * charge / UW_PER_KW
    near = corners[value >= value.max() - _FLOAT_RESOLUTION * size - 2 * len(price)]
    columns = (price[paid], pue[paid], overhead[paid], full[paid])
    terms: list[tuple[int, int, int, int]] = list(zip(*(column.tolist() for column in columns)))

    def exactly(peak: int) -> int:
        gained = sum(-(-p * (min(most, peak) - base) // factor) for p, factor, base, most in terms)
        return gained - charge * peak // UW_PER_KW

    in_all: int = sum((price * capacity).tolist())
    return max(exactly(peak) for peak in near.tolist()) - in_all
