"""An earlier plan and its prices told in the slots of a horizon that begins later: for a warm start as time passes.

Slots that have passed are dropped. The hours that are new at the end get the price of the last slot before them: the nearest
guess there is, and no price can make a bound wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from optimizer.certificates import Certificate
from optimizer.errors import InvalidProblemError, Violation
from optimizer.problem import TimeGrid
from optimizer.solution import Assignment, Placement, Result


def told_in(earlier: Result, grid: TimeGrid) -> tuple[tuple[Assignment, ...], Certificate | None]:
    """The plan and certificate of ``earlier`` in the slots of ``grid``; as they are where the horizon has not moved.

    Raises:
        InvalidProblemError: slot boundaries of the two horizons do not meet, or slots differ in length.
    """
    passed = slots_passed(earlier.placements, grid)
    assignments = moved_assignments((placement.assignment for placement in earlier.placements), passed)
    return assignments, None if earlier.certificate is None else moved_certificate(earlier.certificate, passed)


def slots_passed(placements: Sequence[Placement], grid: TimeGrid) -> int:
    """How many slots ``grid`` begins after the horizon of ``placements``; negative where it begins earlier, 0 for no plan."""
    if not placements:
        return 0
    first = placements[0]
    slot = (first.end_time - first.start_time) / (first.end_slot - first.start_slot)
    if slot != grid.slot_duration:
        raise _unaligned(f"the earlier plan has slots of {slot}, the horizon slots of {grid.slot_duration}")
    passed, rest = divmod(grid.start_time - (first.start_time - first.start_slot * slot), slot)
    if rest:
        raise _unaligned(f"{grid.start_time.isoformat()} is no slot boundary of the earlier horizon")
    return passed


def _unaligned(message: str) -> InvalidProblemError:
    return InvalidProblemError((Violation("initial", "UNALIGNED_HORIZON", f"{message}; start from scratch instead"),))


def moved_assignments(assignments: Iterable[Assignment], passed: int) -> tuple[Assignment, ...]:
    """The plan ``passed`` slots later; what has begun goes on from slot 0, as a running job does."""
    return tuple(replace(item, start_slot=max(0, item.start_slot - passed)) for item in assignments)


def moved_certificate(certificate: Certificate, passed: int) -> Certificate:
    """The prices ``passed`` slots later, as a hint: it proves nothing of either horizon until an engine certifies it anew."""
    return replace(
        certificate,
        slot_prices=tuple(replace(series, price=_moved(series.price, passed)) for series in certificate.slot_prices),
        dual_feasible_prices=tuple(
            replace(row, slot=row.slot - passed) for row in certificate.dual_feasible_prices if row.slot >= passed
        ),
        pattern_rows=tuple(
            replace(row, price=tuple(each._replace(slot=each.slot - passed) for each in row.price if each.slot >= passed))
            for row in certificate.pattern_rows
        ),
    )


def _moved(price: tuple[int, ...], passed: int) -> tuple[int, ...]:
    if passed <= 0 or not price:
        return price[:1] * -passed + price[: len(price) + passed]
    return price[passed:] + price[-1:] * min(passed, len(price))
