"""What one process of a test run found, another takes over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import once as module
from tests.conformance.problems import PROBLEMS
from tests.once import once


def doubling(calls: list[tuple[int, str]]):
    """A function that notes its calls; each ``once`` of it stands for one process."""

    def twice(number: int, text: str) -> tuple[int, str]:
        calls.append((number, text))
        if number < 0:
            raise ValueError(text)
        return 2 * number, text

    return twice


def test_without_other_processes_all_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_shared_folder", None)
    calls: list[tuple[int, str]] = []
    twice = once(doubling(calls))
    assert [twice(1, "a"), twice(1, "a"), twice(1, "b")] == [(2, "a"), (2, "a"), (2, "b")]
    assert calls == [(1, "a"), (1, "b")]


def test_processes_take_over_what_another_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_shared_folder", tmp_path)
    calls: list[tuple[int, str]] = []
    one, other = once(doubling(calls)), once(doubling(calls))
    assert one(1, "a") == other(1, "a") == (2, "a")
    assert other(2, "a") == (4, "a")
    assert calls == [(1, "a"), (2, "a")]


def test_what_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_shared_folder", tmp_path)
    calls: list[tuple[int, str]] = []
    one, other = once(doubling(calls)), once(doubling(calls))
    for process in (one, other):
        with pytest.raises(ValueError, match="a"):
            process(-1, "a")
    assert calls == [(-1, "a")] * 2


def test_problems_are_told_apart_by_what_is_printed_of_them() -> None:
    assert len({repr(problem) for problem in PROBLEMS.values()}) == len(set(PROBLEMS.values()))
