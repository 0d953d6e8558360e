"""Compiling ahead: once, and a failure is told and costs nothing but time."""

from __future__ import annotations

import subprocess
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
