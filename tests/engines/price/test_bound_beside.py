"""The ascent beside the search: proofs are handed over, and bound and plan are told from one thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from optimizer.columns.candidates import candidates
from optimizer.columns.table import Selection
from optimizer.engines.price.bound.bound_beside import BoundBeside
from optimizer.engines.price.bound.certificate import CertifiedPoint, certify
from optimizer.engines.price.bound.dual import DualAscent
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.halls import run as hall_run
from optimizer.engines.price.halls.search import HallSearch
from optimizer.exact.problem import exact
from optimizer.interrupt import Interrupted
from optimizer.params import SolveParams
from optimizer.verify.bound import prove
from tests.engines.price.instances import random_columns
from tests.engines.price.test_hall_search import halls_alike
from tests.engines.recorder import Recorder


class Listener(Recorder):
    """Also keeps in which threads it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: set[int] = set()

    def incumbent(self, selection: Selection, objective: int) -> None:
        self.threads.add(threading.get_ident())
        super().incumbent(selection, objective)

    def bound(self, objective_bound: int, certificate: object = None) -> None:
        self.threads.add(threading.get_ident())
        super().bound(objective_bound, certificate)


def a_proof(seed: int) -> CertifiedPoint:
    table = pricing_table(random_columns(seed, job_count=4))
    return certify(table, DualAscent(table).best_point)


def test_the_newest_proof_is_handed_over_once_and_stop_gives_the_last() -> None:
    first, second, third = (a_proof(seed) for seed in range(3))
    given, ended = threading.Event(), threading.Event()

    def proofs() -> Iterator[CertifiedPoint]:
        yield first
        yield second
        given.set()
        assert ended.wait(10)
        yield third

    beside = BoundBeside(proofs(), ended.set)
    assert given.wait(10)
    assert beside.collect() is second
    assert beside.collect() is None
    assert beside.going_on
    assert beside.stop() is third
    assert not beside.going_on


def test_what_is_interrupted_ends_and_any_other_fault_is_raised() -> None:
    def interrupted() -> Iterator[CertifiedPoint]:
        yield a_proof(0)
        raise Interrupted

    def broken() -> Iterator[CertifiedPoint]:
        yield a_proof(0)
        raise ZeroDivisionError

    assert BoundBeside(interrupted(), lambda: None).stop() is not None
    with pytest.raises(ZeroDivisionError):
        BoundBeside(broken(), lambda: None).stop()


def test_rows_found_beside_the_search_tighten_the_bound_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hall_run, "BESIDE_COLUMNS", 0)
    meant = exact(halls_alike(2, 7))
    columns = candidates(meant).columns
    listener = Listener()
    run = hall_run.HallRun(columns, SolveParams(engine="price", thread_count=2), None, listener)
    # the bound's own time is over when the search begins
    passed = iter((0.0, 0.0, 0.0))
    run.bound(lambda: False, lambda: next(passed, 1.0))
    before = run.bound_micros
    run.search(lambda: 0.0)
    answer = run.result()
    assert before is not None
    assert answer.bound is not None
    assert answer.certificate is not None
    assert answer.bound < before
    assert answer.bound == min(listener.bounds)
    assert not prove(meant, answer.certificate).violations
    assert listener.threads == {threading.get_ident()}


@pytest.mark.parametrize("rows_go_on", [True, False])
def test_the_search_has_every_thread_once_no_rows_are_left_to_find(monkeypatch: pytest.MonkeyPatch, rows_go_on: bool) -> None:
    chains = []

    class Counted(HallSearch):
        def run(self, *given: Any, chain_count: Callable[[], int], **named: Any) -> None:
            chains.append(chain_count())
            super().run(*given, chain_count=chain_count, **named)

    monkeypatch.setattr(hall_run, "HallSearch", Counted)
    columns = candidates(exact(halls_alike(2, 4))).columns
    run = hall_run.HallRun(columns, SolveParams(engine="price", thread_count=3), None, Recorder())
    ended = threading.Event()

    def proofs() -> Iterator[CertifiedPoint]:
        if rows_go_on:
            assert ended.wait(60)
        yield certify(run.table, DualAscent(run.table).best_point)

    run._beside = BoundBeside(proofs(), ended.set)
    while run._beside.going_on and not rows_go_on:
        time.sleep(0.001)
    run.search(lambda: 1.0)
    run.end_bound()
    assert set(chains) == {2 if rows_go_on else 3}


def test_a_plan_nearer_to_the_bound_leaves_fewer_columns() -> None:
    columns = candidates(exact(halls_alike(2, 7))).columns
    run = hall_run.HallRun(columns, SolveParams(engine="price"), None, Recorder())
    assert run.columns_left(0.5) == columns.column_count
    run.bound(lambda: False)
    assert run.columns_left(0.0) < run.columns_left(0.5) <= columns.column_count


def test_little_time_goes_to_the_bound_while_no_plan_holds_all_that_must_run() -> None:
    columns = candidates(exact(halls_alike(2, 7))).columns
    run = hall_run.HallRun(columns, SolveParams(engine="price"), None, Recorder())
    before = run.bound_share
    search = HallSearch(columns, None)
    search.begin(None)
    assert search.missing == 0
    run.offer(search.best)
    assert before < run.bound_share < 1.0
