"""HOST:PORT, refused before anything is sent where it is none."""

from __future__ import annotations

import pytest

from optimizer.cli.server_address import require_address
from optimizer.errors import InvalidProblemError
from tests.cli.calls import in_this_process


@pytest.mark.parametrize("text", ["localhost:50051", "10.0.0.1:1", "[::1]:65535", "unix:/run/loadstone", "dns:///head:7"])
def test_what_names_a_server(text: str) -> None:
    require_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "localhost:", ":50051", "localhost:0", "localhost:65536", "localhost:-1", "localhost:http", "::1:50051"],
)
def test_what_does_not(text: str) -> None:
    with pytest.raises(InvalidProblemError, match=r"is not HOST:PORT with a port in \[1, 65535\]") as caught:
        require_address(text)
    assert caught.value.violations[0].path == "--server"


@pytest.mark.parametrize(
    "command",
    [
        ("engines",),
        ("solve", "nowhere.json"),
        ("whatif", "nowhere.json", "plan.json", "link:a:+1"),
        ("admit", "a.json", "plan.json", "jobs.json"),
    ],
)
def test_every_command_that_asks_a_server_looks_first(command: tuple[str, ...]) -> None:
    done = in_this_process(*command, "--server", "localhost:99999")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --server: 'localhost:99999' is not HOST:PORT")
