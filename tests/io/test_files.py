from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.files import read_document, read_plan, read_problem, write_document, write_plan, write_problem
from optimizer.problem import Job, Mode, Problem, TimeGrid
from optimizer.solution import Result, Termination, TerminationReason

GRID = TimeGrid(start_time=datetime(2026, 1, 1, tzinfo=UTC), slot_count=24)
HOUR = Mode(gpu_model="H100", gpu_count=8, duration=timedelta(hours=1))
PROBLEM = Problem(name="Ålesund", time_grid=GRID, jobs=tuple(Job(name=f"job-{i}", modes=(HOUR,)) for i in range(3)))
PLAN = Result(termination=Termination(reason=TerminationReason.NO_PLAN_FOUND), engine="greedy")


def _only_violation(path: Path) -> Violation:
    with pytest.raises(InvalidProblemError) as caught:
        read_problem(path)
    (violation,) = caught.value.violations
    return violation


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_problem_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    write_problem(PROBLEM, tmp_path / name)
    assert read_problem(tmp_path / name) == PROBLEM
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_a_plan_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    write_plan(PLAN, str(tmp_path / name))
    assert read_plan(str(tmp_path / name)) == PLAN


def test_the_same_problem_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.json", "a.json.gz"):
        write_problem(PROBLEM, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write_problem(PROBLEM, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first
    assert gzip.decompress((tmp_path / "a.json.gz").read_bytes()) == (tmp_path / "a.json").read_bytes()


def test_no_clock_is_in_a_gzipped_file(tmp_path: Path) -> None:
    write_problem(PROBLEM, tmp_path / "a.json.gz")
    assert (tmp_path / "a.json.gz").read_bytes()[4:8] == bytes(4)


def test_each_job_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    write_problem(PROBLEM, tmp_path / "a.json")
    lines = (tmp_path / "a.json").read_text(encoding="utf-8").splitlines()
    assert [sum(f'"job-{i}"' in line for line in lines) for i in range(3)] == [1, 1, 1]
    assert not any('"job-0"' in line and '"job-1"' in line for line in lines)
    assert any("Ålesund" in line for line in lines)


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    write_problem(PROBLEM, tmp_path / "a.json.gz")
    (tmp_path / "a.json.gz").rename(tmp_path / "b.json")
    assert read_problem(tmp_path / "b.json") == PROBLEM


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"x": 1}')
    assert read_document(tmp_path / "a.json") == {"x": 1}


@pytest.mark.parametrize("document", [{}, {"a": []}, {"a": [1, {"b": [2]}], "c": {"d": '\n"'}}])
def test_what_is_written_is_json(tmp_path: Path, document: dict[str, object]) -> None:
    write_document(document, tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == document


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", "EMPTY_FILE", "empty"),
        (b" \n\t", "EMPTY_FILE", "empty"),
        (b'{\n "jobs": [1,\n  oops]}', "MALFORMED_JSON", "line 3, column 3"),
        (b'{"jobs": []', "MALFORMED_JSON", "line 1, column 12"),
        (b'{"jobs": []} x', "MALFORMED_JSON", "line 1, column 14"),
        (b'{"a": 1}\n\n \xff\x00\x13', "NOT_TEXT", "line 3, column 2: byte 0xff"),
        (b"\x89PNG\r\n\x1a\n\x00", "NOT_TEXT", "line 1, column 1: byte 0x89"),
        (b"\x00\x01\x02\x03", "MALFORMED_JSON", "line 1, column 1"),
        (b"[" * 200_000, "MALFORMED_JSON", "nested too deeply"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "MALFORMED_JSON", "digits"),
        (b"\x1f\x8b\x08\x00garbage", "MALFORMED_GZIP", "damaged"),
        (gzip.compress(b'{"jobs": []}', mtime=0)[:-6], "MALFORMED_GZIP", "damaged"),
        (gzip.compress(b"", mtime=0), "EMPTY_FILE", "empty"),
    ],
)
def test_a_bad_file_is_named_with_the_place(tmp_path: Path, content: bytes, reason: str, message: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    violation = _only_violation(path)
    assert (violation.path, violation.reason) == (str(path), reason)
    assert message in violation.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    violation = _only_violation(tmp_path / "none.json")
    assert (violation.path, violation.reason) == (str(tmp_path / "none.json"), "FILE_NOT_FOUND")


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    assert _only_violation(tmp_path).reason == "NOT_A_FILE"


def test_a_path_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert _only_violation(tmp_path / "a" / "b.json").reason == "UNREADABLE_FILE"


def test_a_key_given_twice_is_refused_by_its_path(tmp_path: Path) -> None:
    grid = '{"start_time": "2026-01-01T00:00:00Z", "slot_count": 2, "slot_count": 3}'
    (tmp_path / "a.json").write_text(f'{{"time_grid": {grid}, "jobs": [{{"name": "a", "name": "b"}}]}}')
    with pytest.raises(InvalidProblemError) as caught:
        read_problem(tmp_path / "a.json")
    found = {(violation.path, violation.reason) for violation in caught.value.violations}
    assert found == {("time_grid.slot_count", "DUPLICATE_FIELD"), ("jobs[0].name", "DUPLICATE_FIELD")}


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    write_problem(PROBLEM, tmp_path / "a.json")
    naive = Problem(time_grid=TimeGrid(start_time=datetime(2026, 1, 1), slot_count=1))
    with pytest.raises(InvalidProblemError) as caught:
        write_problem(naive, tmp_path / "a.json")
    assert [(v.path, v.reason) for v in caught.value.violations] == [("time_grid.start_time", "NAIVE_DATETIME")]
    assert read_problem(tmp_path / "a.json") == PROBLEM


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InvalidProblemError, match="No space left on device"):
        write_problem(PROBLEM, tmp_path / "a.json")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        write_problem(PROBLEM, tmp_path / "none" / "a.json")
    assert caught.value.violations[0].reason == "UNWRITABLE_FILE"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_problem(PROBLEM, os.devnull)
    assert Path(os.devnull).is_char_device()


def test_a_directory_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        write_problem(PROBLEM, tmp_path)
    assert caught.value.violations[0].reason == "UNWRITABLE_FILE"
    assert tmp_path.is_dir()
