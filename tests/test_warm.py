"""Compiling ahead: once, and a failure is told and costs nothing but time."""

from __future__ import annotations

import fcntl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from optimizer import warm


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mark"
    monkeypatch.setattr(warm, "_mark", lambda: path)
    return path


def compiles(
    monkeypatch: pytest.MonkeyPatch, returncode: int = 0, stderr: str = "", error: Exception | None = None
) -> list[str]:
    """What stands in for the compilation; the list gets the name of the program of each call."""
    calls: list[str] = []

    def run(command: list[str], **ignored: object) -> subprocess.CompletedProcess[str]:
        calls.append(command[-1])
        if error is not None:
            raise error
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_kernels_are_compiled_once_and_that_is_told_first(mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, said = compiles(monkeypatch), list[str]()
    warm.ensure_warm(said.append)
    warm.ensure_warm(said.append)
    assert calls == ["optimizer.compile_kernels"]
    assert [words.split(",")[0] for words in said] == ["Compiling kernels"]
    assert mark.exists()


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        ({"error": subprocess.TimeoutExpired("compile", 900.0)}, "not compiled within 900 s"),
        ({"returncode": 1, "stderr": "Traceback\n  ...\nOSError: no space left\n"}, "(OSError: no space left)"),
        ({"returncode": -9}, "(exit code -9)"),
    ],
)
def test_a_failure_is_told_and_tried_again(
    failure: dict[str, object], told: str, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, said = compiles(monkeypatch, **failure), list[str]()  # type: ignore[arg-type]
    warm.ensure_warm(said.append)
    assert told in said[-1]
    assert not mark.exists()
    warm.ensure_warm(said.append)
    assert len(calls) == 2


def test_of_several_at_once_one_compiles_and_the_others_wait(mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], **ignored: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        time.sleep(0.5)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    threads = [threading.Thread(target=warm.ensure_warm) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_what_compiles_keeps_the_turn_where_its_parent_was_killed(mark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "COMPILE_SECONDS", 0.3)
    with mark.with_suffix(".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        orphan = subprocess.Popen(["sleep", "60"], pass_fds=(turn.fileno(),))
    try:
        calls, said = compiles(monkeypatch), list[str]()
        warm.ensure_warm(said.append)
        assert calls == []
        assert said[-1].startswith("Another process has not compiled kernels within 0.3 s")
    finally:
        orphan.kill()
        orphan.wait()
    warm.ensure_warm()
    assert mark.exists()
