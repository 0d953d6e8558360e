"""What joins the bars of a site's timeline: the pauses of a run in pieces, and who waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from optimizer.problem import Precedence
from optimizer.report.svg import TimeAxis, element, number, text
from optimizer.solution import Placement

#: More lines than these would hide the bars.
MOST_LINES = 300
ARROW = "m-5 -3l5 3l-5 3"

Pair = tuple[Placement, Placement]


def pauses(parts: Iterable[Placement]) -> list[Pair]:
    """Pieces of ``parts`` with a pause between them, before and after; not those that went on at another site between."""
    pieces: dict[str, list[Placement]] = defaultdict(list)
    for part in parts:
        if part.segments:
            pieces[part.job].append(part)
    chains = (sorted(found, key=lambda part: part.start_slot) for found in pieces.values())
    pairs = (pair for chain in chains for pair in pairwise(chain))
    return [
        (before, after)
        for before, after in pairs
        if _index(after) == _index(before) + 1 and (after.start_slot > before.end_slot or after.pool != before.pool)
    ]


def waits(parts: Sequence[Placement], precedences: Iterable[Precedence]) -> list[Pair]:
    """The last piece of each predecessor and the first of its successor, where both are among ``parts``."""
    last = {part.job: part for part in parts if _index(part) == max(0, len(part.segments) - 1)}
    first = {part.job: part for part in parts if _index(part) == 0}
    return [(last[p.predecessor], first[p.successor]) for p in precedences if p.predecessor in last and p.successor in first]


def caption(part: Placement) -> str:
    """What a part's bar says: the job, its mode where the run changes it, and where the run goes on if that is elsewhere."""
    words = part.job
    if len({piece.mode for piece in part.segments}) > 1:
        words += f", {part.mode}"
    following = part.segments[_index(part) + 1 :]
    if following and following[0].pool != part.pool:
        words += f", then {following[0].pool}"
    return words


def draw_joints(
    axis: TimeAxis, height_of: Callable[[Placement], float], paused: Sequence[Pair], waiting: Sequence[Pair]
) -> str:
    """Dashed lines over pauses, arrows from predecessors to successors; ``height_of`` is the middle of a part's bar."""
    drawn = []
    for before, after in paused[:MOST_LINES]:
        line = f"M{number(axis.x(before.end_slot))} {number(height_of(before))}"
        line += f"L{number(axis.x(after.start_slot))} {number(height_of(after))}"
        drawn.append(_line(line, "pause", f"{before.job} pauses"))
    for before, after in waiting[:MOST_LINES]:
        end, start = axis.x(before.end_slot), axis.x(after.start_slot)
        line = (
            f"M{number(end)} {number(height_of(before))}H{number((end + start) / 2)}V{number(height_of(after))}H{number(start)}"
        )
        drawn.append(_line(line + ARROW, "wait", f"{after.job} waits for {before.job}"))
    return "".join(drawn)


def _index(part: Placement) -> int:
    """Which of its run's pieces it is; 0 for a run in one piece."""
    return next((k for k, piece in enumerate(part.segments) if piece.start_slot == part.start_slot), 0)


def _line(path: str, style: str, words: str) -> str:
    return element("path", element("title", text(words)), d=path, class_=style)
