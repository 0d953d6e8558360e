"""Share floors in kernels: what a run is worth towards floors that are still short, and the exact change of the shortfall.

``share_left[F]`` is each floor's target less what the placed runs count; below 0 where there is more than asked.
"""

from __future__ import annotations

import numpy as np

from optimizer.columns.table import IntArray
from optimizer.engines.price.plans.residual import kernel, kernel_part
from optimizer.engines.price.tables import FloatArray, Tables


def guided(tables: Tables, price: FloatArray) -> Tables:
    """``tables`` whose guide pays ``price[F]`` micro-units a unit towards floors; one without a price pays nothing."""
    paid = np.zeros(len(tables.share_target))
    paid[: len(price)] = np.minimum(price, tables.share_cost[: len(price)])
    return tables._replace(share_price=paid)


def whole_shortfall(tables: Tables) -> int:
    """What it costs that nothing runs."""
    return sum(cost * target for cost, target in zip(tables.share_cost.tolist(), tables.share_target.tolist(), strict=True))


@kernel
def share_gain(tables: Tables, share_left: IntArray, window: int) -> float:
    """What the guide pays for a run of ``window``, for as much as floors are short; at most what the objective gains."""
    gain = 0.0
    for k in range(tables.share_first[window], tables.share_first[window + 1]):
        floor = tables.share_index[k]
        gain += tables.share_price[floor] * min(tables.share_amount[k], max(0, share_left[floor]))
    return gain


@kernel_part
def count_share(tables: Tables, share_left: IntArray, window: int, sign: int) -> int:
    """Count a run of ``window`` in (``sign`` 1) or out (-1); the micro-units by which the shortfall shrinks, exact."""
    gain = 0
    for k in range(tables.share_first[window], tables.share_first[window + 1]):
        floor = tables.share_index[k]
        before = max(0, share_left[floor])
        share_left[floor] -= sign * tables.share_amount[k]
        gain += tables.share_cost[floor] * (before - max(0, share_left[floor]))
    return gain
