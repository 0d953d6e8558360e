"""Where jobs may run in pieces, auto's proof is over all of them, not over runs in one piece alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from optimizer.engines.auto import _Closing
from optimizer.engines.base import EngineResult, Outcome
from optimizer.params import SolveParams
from tests.engines.brute_force import assert_keeps_every_rule, best_objective
from tests.engines.recorder import Recorder
from tests.engines.tiny_lanes import random_columns_with_lanes


def searched() -> Any:
    """A plan search that found nothing, with a bound that says nothing."""
    answer = EngineResult(Outcome.LIMIT, None, 1 << 60)
    return SimpleNamespace(best=SimpleNamespace(missing=1), incumbent=None, proof=None, result=lambda: answer)


def test_closing_counts_runs_in_pieces() -> None:
    in_pieces = 0
    for seed in range(80):
        columns = random_columns_with_lanes(seed)
        expected = best_objective(columns)
        if not len(columns.lanes) or expected is None:
            continue
        run = searched()
        answer = _Closing(columns, run, SolveParams(thread_count=1, time_limit_seconds=20), Recorder()).conclude(run)
        assert answer.outcome is Outcome.OPTIMAL
        assert answer.selection is not None
        assert_keeps_every_rule(columns, answer.selection, expected)
        assert answer.bound is not None
        assert answer.bound >= expected
        in_pieces += len(answer.selection.pieces) > 0
    assert in_pieces > 3
