"""Edge cases that every exact engine must answer alike: name, columns, optimum (None: infeasible)."""

from __future__ import annotations

from optimizer.columns.table import Columns
from tests.engines.tiny_columns import TinyWindow, tiny_columns


def edge_cases() -> dict[str, tuple[Columns, int | None]]:
    whole = {0: 4}
    return {
        "no job": (tiny_columns([], [], slot_count=3, mandatory=[]), 0),
        "no window": (tiny_columns([], [[4, 4]], slot_count=2, mandatory=[False, False]), 0),
        "mandatory without a window": (tiny_columns([], [[4]], slot_count=1, mandatory=[True]), None),
        "one slot": (tiny_columns([TinyWindow(0, 0, 0, base=7, uses=whole)], [[4]], slot_count=1, mandatory=[False]), 7),
        "optional at a loss": (
            tiny_columns([TinyWindow(0, 0, 1, base=-3, uses=whole)], [[4, 4]], slot_count=2, mandatory=[False]),
            0,
        ),
        "mandatory at a loss": (
            tiny_columns([TinyWindow(0, 0, 1, base=-3, uses=whole)], [[4, 4]], slot_count=2, mandatory=[True]),
            -3,
        ),
        "limit of zero elsewhere": (
            tiny_columns(
                [TinyWindow(0, 1, 1, base=5, uses=whole), TinyWindow(1, 0, 1, base=2, uses={})],
                [[0, 4], [0, 0]],
                slot_count=2,
                mandatory=[False, False],
            ),
            7,
        ),
        "two mandatory gangs, room for one": (
            tiny_columns(
                [TinyWindow(job, 0, 1, 2, base=9, uses={0: 3}) for job in (0, 1)],
                [[4, 4, 4]],
                slot_count=3,
                mandatory=[True, True],
            ),
            None,
        ),
        "short by one watt": (
            tiny_columns(
                [TinyWindow(job, 0, 0, base=9, uses={0: 50_000_000}) for job in (0, 1)],
                [[99_999_999]],
                slot_count=1,
                mandatory=[False, False],
            ),
            9,
        ),
        "fits to the watt": (
            tiny_columns(
                [TinyWindow(0, 0, 0, base=9, uses={0: 50_000_001}), TinyWindow(1, 0, 0, base=9, uses={0: 49_999_999})],
                [[100_000_000]],
                slot_count=1,
                mandatory=[False, False],
            ),
            18,
        ),
        "one micro-unit apart at a million pounds": (
            tiny_columns(
                [TinyWindow(0, 0, 0, base=10**12, uses=whole), TinyWindow(1, 0, 0, base=10**12 + 1, uses=whole)],
                [[4]],
                slot_count=1,
                mandatory=[False, False],
            ),
            10**12 + 1,
        ),
        "budget short by one": (
            tiny_columns(
                [TinyWindow(job, 0, 0, base=9, budget_uses={0: 5}) for job in (0, 1)],
                [],
                slot_count=1,
                mandatory=[False, False],
                budgets=[9],
            ),
            9,
        ),
        "cheap hour": (
            tiny_columns(
                [TinyWindow(0, 0, 3, base=100, power_w=10, uses=whole)],
                [[4] * 4],
                slot_count=4,
                mandatory=[True],
                rate=[3, 2, 1, 4],
            ),
            90,
        ),
    }
