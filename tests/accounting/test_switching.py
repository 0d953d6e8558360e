"""The dynamic programme against every schedule there is, and what changes cost."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from optimizer.accounting.switching import best_schedule, stretches, switching_micros, too_short
from optimizer.exact.halls import ExactCommitment


def rules(**fields: object) -> ExactCommitment:
    return ExactCommitment(
        **{
            "standby_w": 0,
            "start_up_micros": 5,
            "shut_down_micros": 3,
            "min_up": 1,
            "min_down": 1,
            "initially_on": False,
            "finally_off": False,
            **fields,
        }
    )


def flags(text: str) -> tuple[bool, ...]:
    return tuple(letter == "#" for letter in text)


@pytest.mark.parametrize(
    ("text", "initially_on", "finally_off", "cost"),
    [
        ("....", False, False, 0),
        ("#..#", False, False, 5 + 3 + 5),
        ("#..#", False, True, 5 + 3 + 5 + 3),
        ("####", True, False, 0),
        ("....", True, False, 3),
        ("..##", True, True, 3 + 5 + 3),
    ],
)
def test_changes_cost_where_they_are(text: str, initially_on: bool, finally_off: bool, cost: int) -> None:
    assert switching_micros(rules(initially_on=initially_on, finally_off=finally_off), flags(text)) == cost


@pytest.mark.parametrize(
    ("text", "initially_on", "lacks"),
    [
        (".##.", False, [1]),
        (".###.", False, []),
        ("..##", False, []),  # the horizon cuts it off
        ("#...", True, []),  # on before slot 0, so it may end at any time
        ("#...", False, [2]),
        (".#", True, [1]),  # off for one slot, where two are asked
        (".#", False, []),
    ],
)
def test_a_stretch_that_ends_too_soon(text: str, initially_on: bool, lacks: list[int]) -> None:
    found = too_short(rules(min_up=3, min_down=2, initially_on=initially_on), flags(text))
    assert [slots for _, slots in found] == lacks


def test_stretches_of_nothing() -> None:
    assert list(stretches(())) == []


def test_no_schedule_where_a_slot_is_required_and_forbidden() -> None:
    assert best_schedule(rules(), [0, 0], [True, False], [True, False]) is None


def test_the_best_schedule_is_the_best_of_all() -> None:
    random = Random(7)
    for _ in range(400):
        count = random.randint(1, 7)
        one = rules(
            start_up_micros=random.randint(0, 9),
            shut_down_micros=random.randint(0, 9),
            min_up=random.randint(1, 4),
            min_down=random.randint(1, 4),
            initially_on=random.random() < 0.5,
            finally_off=random.random() < 0.5,
        )
        gain = [random.randint(-6, 6) for _ in range(count)]
        required = [random.random() < 0.2 for _ in range(count)]
        forbidden = [not must and random.random() < 0.15 for must in required]

        def worth(schedule: tuple[bool, ...], one: ExactCommitment = one, gain: list[int] = gain) -> int:
            return sum(value for value, on in zip(gain, schedule, strict=True) if on) - switching_micros(one, schedule)

        allowed = [
            schedule
            for schedule in product((False, True), repeat=count)
            if not too_short(one, schedule)
            and all(on or not must for on, must in zip(schedule, required, strict=True))
            and not any(on and no for on, no in zip(schedule, forbidden, strict=True))
        ]
        found = best_schedule(one, gain, required, forbidden)
        if found is None:
            assert not allowed
        else:
            assert found in allowed
            assert worth(found) == max(map(worth, allowed))
