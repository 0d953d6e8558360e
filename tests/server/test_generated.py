"""The committed generated code is what the ``.proto`` files give, and the check notices when it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROTO_ROOT = Path(__file__).parents[2] / "proto"
pytest.importorskip("grpc_tools")


def _generate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def proto_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROTO_ROOT, tmp_path / "proto"))


def test_the_generated_code_is_up_to_date() -> None:
    done = _generate(PROTO_ROOT, "--check")
    assert done.returncode == 0, done.stderr


def test_a_changed_proto_file_is_noticed_and_regenerated(proto_copy: Path) -> None:
    solution = proto_copy / "loadstone/v1/solution.proto"
    solution.write_text(solution.read_text() + "\nmessage Extra {}\n")
    before = _generate(proto_copy, "--check")
    assert before.returncode == 1
    assert "solution_pb2.py is different" in before.stderr
    assert "run `python proto/generate.py`" in before.stderr
    assert _generate(proto_copy).returncode == 0
    assert _generate(proto_copy, "--check").returncode == 0


def test_missing_and_left_over_files_are_noticed(proto_copy: Path) -> None:
    (proto_copy / "loadstone/v1/problem_pb2.pyi").unlink()
    (proto_copy / "loadstone/v1/old_pb2.py").write_text("")
    done = _generate(proto_copy, "--check")
    assert done.returncode == 1
    assert "problem_pb2.pyi is missing" in done.stderr
    assert "old_pb2.py is left over" in done.stderr


def test_a_proto_file_that_does_not_compile_is_no_difference_but_an_error(proto_copy: Path) -> None:
    (proto_copy / "loadstone/v1/solution.proto").write_text("syntax = 'proto9';")
    assert _generate(proto_copy, "--check").returncode == 2
