"""The program that compiles ahead: its processes keep what they compiled one at a time."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

from optimizer import compile_kernels


def nothing() -> None:
    pass


def test_a_kernel_is_kept_while_no_other_process_keeps_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[object, object]] = []
    monkeypatch.setattr(IndexDataCacheFile, "save", lambda _, key, data: kept.append((key, data)))
    compile_kernels._in_turn(nothing, tmp_path / "turn")
    file = object.__new__(IndexDataCacheFile)
    with (tmp_path / "turn").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        keeping = threading.Thread(target=file.save, args=("key", "data"))
        keeping.start()
        keeping.join(0.2)
        assert keeping.is_alive()
        assert kept == []
    keeping.join()
    assert kept == [("key", "data")]


def fail() -> None:
    raise ValueError("no such instruction")


@pytest.mark.parametrize("failing", ["compile_fleets", "compile_halls"])
def test_what_fails_in_a_part_fails_the_program(
    failing: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for part in ("compile_fleets", "compile_halls"):
        monkeypatch.setattr(compile_kernels, part, fail if part == failing else nothing)
    with pytest.raises(SystemExit) as ended:
        compile_kernels.main()
    assert ended.value.code == 1
    assert "ValueError: no such instruction" in capfd.readouterr().err
