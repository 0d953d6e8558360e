"""Multi-mode resource-constrained project scheduling: PSPLIB's ``.mm`` format, also that of MMLIB.

The file counts jobs from 1; the first and the last are a start and an end without duration. It gives the numbers of renewable
and non-renewable resources, the successors of each job, the duration and uses of each mode, and the capacities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from optimizer.io.importers.project import ActivityMode, Project, project_problem
from optimizer.io.importers.text import malformed, read_text
from optimizer.problem import Problem

#: Jobs of a file; the largest sets have 102.
MOST_JOBS = 10_000


def read_mmrcpsp(path: Path) -> Problem:
    """The file as a problem; its objective is minus the makespan.

    Raises:
        InvalidProblemError: the file cannot be read or is not of the format (with the line, and what was expected there), or
            an activity between the first and the last takes no time.
    """
    return project_problem(path.name, _Reader(path).project())


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: Iterator[tuple[int, str]] = enumerate(read_text(path).splitlines(), start=1)
        self._line = 1

    def project(self) -> Project:
        job_count = self._count("jobs", most=MOST_JOBS, least=2)
        renewable_count, consumable_count = self._count(r"-\s*renewable"), self._count(r"-\s*nonrenewable")
        if self._count(r"-\s*doubly constrained"):
            raise malformed(self._path, self._line, "doubly constrained resources are not read")
        self._find("PRECEDENCE RELATIONS", "the heading PRECEDENCE RELATIONS")
        self._next_filled()
        mode_counts: dict[int, int] = {}
        predecessors: dict[int, list[int]] = {}
        for number in range(1, job_count + 1):
            mode_counts[number], successors = self._successors(number, job_count)
            for successor in successors:
                predecessors.setdefault(successor, []).append(number)
        self._find("REQUESTS/DURATIONS", "the heading REQUESTS/DURATIONS")
        self._next_filled()
        modes = {n: self._modes(n, count, renewable_count, consumable_count) for n, count in mode_counts.items()}
        self._find("RESOURCE ?AVAILABILITIES", "the heading RESOURCE AVAILABILITIES")
        self._next_filled()
        capacity = self._wholes("the capacities", renewable_count + consumable_count)
        inner = range(2, job_count)
        for number in inner:
            if any(mode.duration < 1 for mode in modes[number]):
                raise malformed(self._path, None, f"job {number} has a mode of duration 0; it must take at least 1 period")
        return Project(
            modes={number: modes[number] for number in inner},
            predecessors={n: tuple(b for b in before if b in inner) for n, before in predecessors.items() if n in inner},
            renewable=tuple(capacity[:renewable_count]),
            consumable=tuple(capacity[renewable_count:]),
        )

    def _count(self, label: str, least: int = 0, most: int = 100) -> int:
        line = self._find(rf"^\s*{label}.*:\s*\d+", f"a line with the number of {label.replace(chr(92) + 's*', ' ')}")
        number = int(re.findall(r":\s*(\d+)", line)[0])
        if not least <= number <= most:
            raise malformed(self._path, self._line, f"the number is {number}; it must be in [{least}, {most}]")
        return number

    def _successors(self, number: int, job_count: int) -> tuple[int, list[int]]:
        row = self._wholes(f"job {number}: its number, modes, successors")
        if len(row) < 3 or row[0] != number or row[1] < 1 or len(row) != 3 + row[2]:
            raise self._error(f"job {number}, its count of modes (1 or more), its count of successors, and those")
        if any(not number < successor <= job_count for successor in row[3:]):
            raise self._error(f"successors of job {number} with numbers above its own, to {job_count}")
        return row[1], row[3:]

    def _modes(self, number: int, count: int, renewable_count: int, consumable_count: int) -> tuple[ActivityMode, ...]:
        modes = []
        for index in range(1, count + 1):
            width = 2 + renewable_count + consumable_count
            row = self._wholes(f"mode {index} of job {number}")
            head = [number, index] if index == 1 else [index]
            if row[: len(head)] != head or len(row) != len(head) + width - 1:
                raise self._error(f"mode {index} of job {number}: duration and {width - 2} uses")
            duration, *uses = row[len(head) :]
            modes.append(ActivityMode(duration, tuple(uses[:renewable_count]), tuple(uses[renewable_count:])))
        return tuple(modes)

    def _wholes(self, what: str, count: int | None = None) -> list[int]:
        tokens = self._next_filled().split()
        if not all(token.isdecimal() and len(token) < 10 for token in tokens) or count not in (None, len(tokens)):
            raise self._error(what)
        return [int(token) for token in tokens]

    def _find(self, pattern: str, what: str) -> str:
        for number, line in self._lines:
            self._line = number
            if re.search(pattern, line):
                return line
        raise malformed(self._path, None, f"expected {what}; the file ends here")

    def _next_filled(self) -> str:
        """The next line that holds more than a rule of dashes or stars."""
        for number, line in self._lines:
            self._line = number
            if line.strip(" -*\t"):
                return line
        raise malformed(self._path, None, "expected another row; the file ends here")

    def _error(self, what: str) -> Exception:
        return malformed(self._path, self._line, f"expected {what}")
