"""Tables, styles, names that would act on a terminal, and a reader that goes away."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from optimizer.cli.console import BOLD, Column, Console, table_lines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    lines = table_lines((Column("Job"), Column("Nodes", True), Column("Why")), [("a", "1,024", "x"), ("long-name", "2", "")])
    assert lines == ["  Job        Nodes  Why", "  a          1,024  x", "  long-name      2"]


def test_control_characters_in_names_never_reach_the_terminal() -> None:
    lines = table_lines((Column("Job"),), [("\x1b[31mred\n\x07",)])
    assert "\x1b" not in "".join(lines)
    assert len(lines) == 2


@pytest.mark.usefixtures("plain_environment")
def test_styles_are_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, pipe = Terminal(), io.StringIO()
    Console(terminal, terminal).line("words", BOLD)
    Console(pipe, pipe).line("words", BOLD)
    assert terminal.getvalue() == "\x1b[1mwords\x1b[0m\n"
    assert pipe.getvalue() == "words\n"
    monkeypatch.setenv("NO_COLOR", "1")
    silent = Terminal()
    console = Console(silent, silent)
    console.line("words", BOLD)
    console.error("bad")
    assert silent.getvalue() == "words\nbad\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX pipes")
def test_a_reader_that_goes_away_stops_nothing() -> None:
    program = (
        "import sys\n"
        "from optimizer.cli.console import Console\n"
        "console = Console()\n"
        "for k in range(20_000):\n"
        "    console.line('x' * 100)\n"
        "console.finish()\n"
        "print('still here', file=sys.stderr)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == "still here\n"
    process.stderr.close()
    assert process.wait() == 0
