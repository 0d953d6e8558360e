"""The rules and the cost of the ICON challenge (section 2 of its description), read from its own files and nothing else.

Shares no code with the importer, the model or the engines: it is to the challenge's format what its solution checker was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

MINUTES_AN_HOUR = 60


@dataclass(frozen=True, slots=True)
class IconCost:
    """Euro: ``forecast`` at the prices planned with, ``actual`` at those of the day, None where the folder has none."""

    forecast: Fraction
    actual: Fraction | None


@dataclass(frozen=True, slots=True)
class _Machine:
    idle: Fraction
    up: Fraction
    down: Fraction
    capacity: list[int]


@dataclass(frozen=True, slots=True)
class _Task:
    duration: int
    earliest_start: int
    latest_end: int
    power: Fraction
    use: list[int]


class BrokenRuleError(ValueError):
    """The solution breaks a rule of the challenge; the message says which and where."""


def icon_cost(folder: Path, solution: str) -> IconCost:
    """What ``solution`` costs. Raises `BrokenRuleError`."""
    given = iter((folder / "instance.txt").read_text().split())
    minutes, resources = int(next(given)), int(next(given))
    machines = {}
    for _ in range(int(next(given))):
        number, *money = int(next(given)), *(Fraction(next(given)) for _ in range(3))
        machines[number] = _Machine(*money, [int(next(given)) for _ in range(resources)])
    tasks = {}
    for _ in range(int(next(given))):
        number, duration, earliest, latest = (int(next(given)) for _ in range(4))
        power = Fraction(next(given))
        tasks[number] = _Task(duration, earliest, latest, power, [int(next(given)) for _ in range(resources)])
    forecast = _prices(folder / "forecast.txt")
    answer = (int(token) for token in solution.split())
    on = dict(_events(answer, machines, len(forecast)))
    placed = _placed(answer, tasks, machines)
    _check(machines, tasks, on, placed, len(forecast))
    hours = Fraction(minutes, MINUTES_AN_HOUR)
    actual = folder / "actual.txt"
    return IconCost(
        _cost(machines, tasks, on, placed, forecast, hours),
        _cost(machines, tasks, on, placed, _prices(actual), hours) if actual.exists() else None,
    )


def _prices(path: Path) -> list[Fraction]:
    tokens = path.read_text().split()
    return [Fraction(price) for price in tokens[2::2]]


def _events(answer: Iterator[int], machines: dict[int, _Machine], periods: int) -> Iterator[tuple[int, list[bool]]]:
    """(machine, whether it is on in each period) of every machine."""
    count = next(answer)
    _must(count == len(machines), f"{count} machines are stated, there are {len(machines)}")
    stated = set()
    for _ in range(count):
        machine, events = next(answer), next(answer)
        _must(machine in machines and machine not in stated, f"machine {machine} is unknown or stated twice")
        stated.add(machine)
        on, is_on, since = [False] * periods, False, 0
        for _ in range(events):
            action, period = next(answer), next(answer)
            _must(action == (not is_on), f"machine {machine} is switched {action} at {period} and is so already")
            _must(since <= period <= periods, f"machine {machine}: event at {period} is out of order or of the day")
            if is_on:
                on[since:period] = [True] * (period - since)
            is_on, since = bool(action), period
        _must(not is_on, f"machine {machine} is on at the end of the day")
        yield machine, on


def _placed(answer: Iterator[int], tasks: dict[int, _Task], machines: dict[int, _Machine]) -> dict[int, tuple[int, int]]:
    count = next(answer)
    placed: dict[int, tuple[int, int]] = {}
    for _ in range(count):
        task, machine, start = next(answer), next(answer), next(answer)
        _must(task in tasks and task not in placed, f"task {task} is unknown or placed twice")
        _must(machine in machines, f"task {task} is on the unknown machine {machine}")
        placed[task] = machine, start
    _must(placed.keys() == tasks.keys(), f"{len(tasks) - len(placed)} tasks are not placed")
    _must(next(answer, None) is None, "there is more text after the last task")
    return placed


def _check(
    machines: dict[int, _Machine],
    tasks: dict[int, _Task],
    on: dict[int, list[bool]],
    placed: dict[int, tuple[int, int]],
    periods: int,
) -> None:
    used = {(machine, t): [0] * len(own.capacity) for machine, own in machines.items() for t in range(periods)}
    for number, (machine, start) in placed.items():
        task = tasks[number]
        end = start + task.duration
        _must(
            task.earliest_start <= start and end <= task.latest_end, f"task {number} runs [{start}, {end}) outside its window"
        )
        for t in range(start, end):
            _must(on[machine][t], f"task {number} runs on machine {machine} in period {t}, which is off")
            for resource, amount in enumerate(task.use):
                used[machine, t][resource] += amount
    for (machine, t), amounts in used.items():
        for resource, (amount, there) in enumerate(zip(amounts, machines[machine].capacity, strict=True)):
            _must(amount <= there, f"machine {machine}, period {t}: resource {resource} is used {amount} of {there}")


def _cost(
    machines: dict[int, _Machine],
    tasks: dict[int, _Task],
    on: dict[int, list[bool]],
    placed: dict[int, tuple[int, int]],
    price: list[Fraction],
    hours: Fraction,
) -> Fraction:
    total = Fraction(0)
    for number, (_, start) in placed.items():
        total += tasks[number].power * hours * sum(price[start : start + tasks[number].duration])
    for number, machine in machines.items():
        flags = [False, *on[number], False]
        total += machine.idle * hours * sum(p for p, is_on in zip(price, on[number], strict=True) if is_on)
        total += machine.up * sum(b and not a for a, b in pairwise(flags))
        total += machine.down * sum(a and not b for a, b in pairwise(flags))
    return total


def _must(holds: bool, message: str) -> None:
    if not holds:
        raise BrokenRuleError(message)
