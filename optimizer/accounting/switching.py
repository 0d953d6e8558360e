"""When a hall is on: what switching costs, how long it must last, and the best schedule by an exact dynamic programme.

A schedule is one flag a slot. Plain loops over integers; equation numbers are those of docs/model.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from optimizer.exact.halls import ExactCommitment

Schedule = tuple[bool, ...]


class Stretch(NamedTuple):
    """Slots ``[start, end)`` without a change."""

    on: bool
    start: int
    end: int


def stretches(schedule: Sequence[bool]) -> Iterator[Stretch]:
    """The schedule cut at its changes, in order of time."""
    start = 0
    for slot in range(1, len(schedule) + 1):
        if slot == len(schedule) or schedule[slot] != schedule[start]:
            yield Stretch(schedule[start], start, slot)
            start = slot


def switching_micros(rules: ExactCommitment, schedule: Sequence[bool]) -> int:
    """What the changes cost, from before the first slot to after the last: equation (51)."""
    cost, is_on = 0, rules.initially_on
    for on in schedule:
        if on != is_on:
            cost += rules.start_up_micros if on else rules.shut_down_micros
        is_on = on
    return cost + (rules.shut_down_micros if is_on and rules.finally_off else 0)


def too_short(rules: ExactCommitment, schedule: Sequence[bool]) -> list[tuple[Stretch, int]]:
    """Stretches that end too soon, with the slots they lack: equations (52) and (53).

    A stretch that was there before slot 0 may end at any time, one that the horizon cuts off is long enough.
    """
    found = []
    for stretch in stretches(schedule):
        began = stretch.start > 0 or stretch.on != rules.initially_on
        least = rules.min_up if stretch.on else rules.min_down
        lacks = least - (stretch.end - stretch.start)
        if began and stretch.end < len(schedule) and lacks > 0:
            found.append((stretch, lacks))
    return found


def best_schedule(
    rules: ExactCommitment, gain: Sequence[int], required: Sequence[bool], forbidden: Sequence[bool]
) -> Schedule | None:
    """The schedule with the most ``gain`` (micro-units, by slot that is on) less switching; off where equal.

    On in the ``required`` slots and off in the ``forbidden`` ones; None where no schedule is.

    ``when_on[t]`` and ``when_off[t]``: the most from slot ``t`` to the end for a hall that is on (off) before ``t`` and may
    change. After a change the state is kept for the shortest time, so a step leads to where it may change again.
    """
    count = len(gain)
    gained, must, must_not = _sums(gain), _sums(required), _sums(forbidden)
    when_on: list[int | None] = [None] * (count + 1)
    when_off: list[int | None] = [None] * (count + 1)
    when_on[count], when_off[count] = -rules.shut_down_micros if rules.finally_off else 0, 0

    def kept_on(slot: int, until: int, cost: int) -> int | None:
        after = when_on[until]
        blocked = after is None or must_not[until] - must_not[slot]
        return None if blocked or after is None else gained[until] - gained[slot] - cost + after

    def kept_off(slot: int, until: int, cost: int) -> int | None:
        after = when_off[until]
        blocked = after is None or must[until] - must[slot]
        return None if blocked or after is None else after - cost

    for slot in reversed(range(count)):
        up, down = min(count, slot + rules.min_up), min(count, slot + rules.min_down)
        when_on[slot] = _larger(kept_off(slot, down, rules.shut_down_micros), kept_on(slot, slot + 1, 0))
        when_off[slot] = _larger(kept_off(slot, slot + 1, 0), kept_on(slot, up, rules.start_up_micros))
    schedule: list[bool] = []
    is_on = rules.initially_on
    while (slot := len(schedule)) < count:
        best = (when_on if is_on else when_off)[slot]
        if best is None:
            return None
        until = min(count, slot + rules.min_down) if is_on else slot + 1
        turns_off = kept_off(slot, until, rules.shut_down_micros if is_on else 0) == best
        if not turns_off:
            until = slot + 1 if is_on else min(count, slot + rules.min_up)
        schedule += [not turns_off] * (until - slot)
        is_on = not turns_off
    return tuple(schedule)


def _larger(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return b if a is None else a
    return max(a, b)


def _sums(values: Sequence[int]) -> list[int]:
    total = [0]
    for value in values:
        total.append(total[-1] + value)
    return total
