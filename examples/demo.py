"""The demonstration that ``make demo`` runs: a real server, an instance sent over gRPC, the plan as tables and as a page.

Starts ``loadstone serve`` on a free port, streams the bundled UK/Norway instance through ``loadstone solve --server``,
writes ``report.html`` here, and stops the server.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTANCE = Path(__file__).parents[1] / "instances" / "uk-no" / "small.json"
LOADSTONE = (sys.executable, "-m", "optimizer.cli")
#: Ends with a plan at most this far from optimal.
GOOD_ENDINGS = (0, 4)


def main() -> int:
    arguments = _arguments()
    with running_server() as address:
        print(f"The server listens at {address}. Sending {arguments.instance.name}.", flush=True)
        solved = subprocess.run(
            [
                *LOADSTONE,
                *("solve", str(arguments.instance), "--server", address),
                *("--time-limit", str(arguments.time_limit), "--report", "report.html"),
            ],
            check=False,
        )
    return 0 if solved.returncode in GOOD_ENDINGS else solved.returncode


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a server of its own, which ends with the block."""
    server = subprocess.Popen([*LOADSTONE, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        yield _address(server)
    finally:
        server.terminate()
        server.communicate()


def _address(server: subprocess.Popen[str]) -> str:
    """What the server says about where it listens; it says so once it does."""
    assert server.stderr is not None
    said = []
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"address=(\S+)", line):
            return found.group(1)
    raise SystemExit("The server did not start:\n" + "".join(said))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instance", type=Path, default=INSTANCE)
    parser.add_argument("--time-limit", type=float, default=60.0, metavar="S")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
