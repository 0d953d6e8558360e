"""What is told from all columns at once is what is told one by one."""

from __future__ import annotations

import pytest

from optimizer.columns.candidates import candidates
from optimizer.exact.problem import exact
from optimizer.explain import reasons, worth
from optimizer.generate.uk_no import generate_uk_no
from optimizer.solution import UnplacedReason


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worth, "LEAST_JOB_COUNT", 1)


def test_reasons_are_the_same_one_by_one_and_all_at_once(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    found = candidates(exact(generate_uk_no(150, 3)))
    at_once = reasons.unplaced(found, (), stop=lambda: True)
    monkeypatch.setattr(worth, "LEAST_JOB_COUNT", 10**9)
    assert at_once == reasons.unplaced(found, (), stop=lambda: True)
    assert len(at_once) == 150


def test_a_job_that_costs_more_than_it_is_worth_is_not_named(few: None) -> None:
    instance = generate_uk_no(40, 1)
    found = candidates(exact(instance))
    named = worth.surely_worth_running(found.columns, found.problem.jobs)
    told = {each.job: each.reason for each in reasons.unplaced(found, (), stop=lambda: True)}
    assert named
    assert all(told[name] is UnplacedReason.CAPACITY_TAKEN for name in named)
