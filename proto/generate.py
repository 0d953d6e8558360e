"""Regenerates the Python code beside the ``.proto`` files; ``--check`` only says whether it is up to date.

Needs ``grpcio-tools`` at ``GRPC_TOOLS_VERSION``: another version writes other code, so it is refused.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PROTO_ROOT = Path(__file__).resolve().parent
PACKAGE = Path("loadstone/v1")
GRPC_TOOLS_VERSION = "1.81.1"
GENERATED_PATTERNS = ("*_pb2.py", "*_pb2.pyi", "*_pb2_grpc.py")


def main() -> int:
    """Exit code: 0 done or up to date, 1 out of date, 2 the tools are missing or ``protoc`` refused the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where the generated code differs")
    check = parser.parse_args().check
    try:
        return _check() if check else _regenerate()
    except GenerationError as error:
        print(f"proto/generate.py: {error}", file=sys.stderr)
        return 2


class GenerationError(Exception):
    """The code cannot be generated here; the message says why."""


def _regenerate() -> int:
    fresh = _generate()
    for stale in _committed().keys() - fresh.keys():
        (PROTO_ROOT / stale).unlink()
    for name, text in fresh.items():
        (PROTO_ROOT / name).write_text(text, encoding="utf-8")
    print(f"wrote {len(fresh)} files to proto/{PACKAGE}")
    return 0


def _check() -> int:
    fresh, committed = _generate(), _committed()
    differing = sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))
    for name in differing:
        print(f"proto/{name} is {_state(fresh, committed, name)}", file=sys.stderr)
    if differing:
        print("the generated code is out of date; run `python proto/generate.py` and commit", file=sys.stderr)
        return 1
    print(f"the {len(fresh)} generated files are up to date")
    return 0


def _state(fresh: dict[str, str], committed: dict[str, str], name: str) -> str:
    if name not in committed:
        return "missing"
    if name not in fresh:
        return "left over: no .proto file generates it"
    old, new = committed[name].splitlines(), fresh[name].splitlines()
    diff = difflib.unified_diff(old, new, "committed", "fresh", lineterm="", n=0)
    return "different:\n" + "\n".join(line[:200] for line in list(diff)[:12])


def _committed() -> dict[str, str]:
    return _generated_files(PROTO_ROOT)


def _generate() -> dict[str, str]:
    """Runs ``protoc`` into a temporary folder; the generated text by path below ``proto/``."""
    try:
        installed = version("grpcio-tools")
    except PackageNotFoundError:
        raise GenerationError(f"grpcio-tools is not installed; it takes version {GRPC_TOOLS_VERSION}") from None
    if installed != GRPC_TOOLS_VERSION:
        raise GenerationError(f"grpcio-tools {installed} is installed; it takes version {GRPC_TOOLS_VERSION}")
    from grpc_tools import protoc

    well_known = Path(protoc.__file__).parent / "_proto"
    sources = sorted(str(path.relative_to(PROTO_ROOT)) for path in (PROTO_ROOT / PACKAGE).glob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        outputs = [f"--{kind}_out={folder}" for kind in ("python", "pyi", "grpc_python")]
        status = protoc.main(["protoc", f"-I{PROTO_ROOT}", f"-I{well_known}", *outputs, *sources])
        if status != 0:
            raise GenerationError(f"protoc ended with status {status}")
        files = _generated_files(Path(folder))
    return {name: text for name, text in files.items() if not _is_empty_service_module(name, text)}


def _is_empty_service_module(name: str, text: str) -> bool:
    return name.endswith("_pb2_grpc.py") and "\nclass " not in text


def _generated_files(root: Path) -> dict[str, str]:
    paths = (path for pattern in GENERATED_PATTERNS for path in (root / PACKAGE).glob(pattern))
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


if __name__ == "__main__":
    sys.exit(main())
