"""The rules of a run in pieces, one plain check each: pauses, changes, checkpoints, the least run and the work done."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.accounting import ledger
from optimizer.accounting.runs import Piece, Run
from optimizer.exact.problem import ExactProblem
from optimizer.units import divide_up
from optimizer.verify.rules import Rule, RuleViolation


def check_pieces(problem: ExactProblem, run: Run) -> list[RuleViolation]:
    """Every rule of equations (21) to (26); nothing for a run in one piece. Malformed pieces are not looked at further."""
    if not run.pieces:
        return []
    malformed = list(_check_form(run))
    if malformed:
        return malformed
    return [
        *_check_counts(run),
        *_check_places(run),
        *_check_checkpoints(problem, run),
        *_check_least_runs(run),
        *_check_work(run),
    ]


def _breach(run: Run, piece: Piece, rule: Rule, message: str, amount: int | None = None, unit: str = "slots") -> RuleViolation:
    return RuleViolation(
        rule=rule,
        job=run.job.name,
        element=piece.pool.name,
        slot=piece.start,
        amount=amount,
        unit="" if amount is None else unit,
        message=f"job {run.job.name!r} on {piece.pool.name!r}: {message}",
    )


def _check_form(run: Run) -> Iterator[RuleViolation]:
    """Two pieces or more, each with slots, in order of time, none of them one with the next; the first is the assignment's."""
    first = run.pieces[0]
    if len(run.pieces) < 2:
        yield _breach(run, first, Rule.PIECES_MALFORMED, "it has one segment; a run in one piece has none")
    if (first.mode.name, first.pool.name, first.start) != (run.mode.name, run.pool.name, run.start):
        message = f"its first segment is {_named(first)}, the assignment says {run.mode.name!r} on {run.pool.name!r}"
        yield _breach(run, first, Rule.PIECES_MALFORMED, f"{message} from slot {run.start}")
    for piece in run.pieces:
        if piece.end <= piece.start:
            message = f"the segment {_named(piece)} ends at slot boundary {piece.end}, so it has no slot"
            yield _breach(run, piece, Rule.PIECES_MALFORMED, message)
    for item in run.breaks:
        overlap = item.before.end - item.after.start
        if overlap > 0:
            message = f"the segment {_named(item.after)} begins before the one from slot {item.before.start} ends"
            yield _breach(run, item.after, Rule.PIECES_MALFORMED, message, overlap)
        elif not item.is_pause and not item.is_change:
            message = f"the segment {_named(item.after)} goes on with the one before it; state them as one"
            yield _breach(run, item.after, Rule.PIECES_MALFORMED, message)


def _named(piece: Piece) -> str:
    return f"{piece.mode.name!r} on {piece.pool.name!r} from slot {piece.start}"


def _check_counts(run: Run) -> Iterator[RuleViolation]:
    """At most so many pauses, at most so many changes: equations (21) and (22)."""
    pauses = [item for item in run.breaks if item.is_pause]
    changes = [item for item in run.breaks if item.is_change]
    most_pauses = run.job.preemption.max_pause_count if run.job.preemption else 0
    most_changes = run.job.elasticity.max_change_count if run.job.elasticity else 0
    if len(pauses) > most_pauses:
        message = f"pauses {_times(len(pauses))}, may pause {_times(most_pauses)}"
        yield _breach(run, pauses[most_pauses].after, Rule.PAUSES_TOO_OFTEN, message, len(pauses) - most_pauses, "pauses")
    if len(changes) > most_changes:
        message = f"changes its mode {_times(len(changes))}, may change it {_times(most_changes)}"
        piece = changes[most_changes].after
        yield _breach(run, piece, Rule.CHANGES_TOO_OFTEN, message, len(changes) - most_changes, "changes")


def _times(count: int) -> str:
    return f"{count} time{'' if count == 1 else 's'}"


def _check_places(run: Run) -> Iterator[RuleViolation]:
    """It goes on in its pool unless it may resume elsewhere."""
    if run.job.preemption is not None and run.job.preemption.may_resume_elsewhere:
        return
    for item in run.breaks:
        if item.after.pool.index != item.before.pool.index:
            message = f"goes on here after {item.before.pool.name!r}, may resume only in its pool"
            yield _breach(run, item.after, Rule.RESUMES_ELSEWHERE, message)


def _check_checkpoints(problem: ExactProblem, run: Run) -> Iterator[RuleViolation]:
    """Resumed at another site, the checkpoint's transfer fits the pause: equation (23)."""
    for item in run.breaks:
        way = ledger.checkpoint_way(problem, run.job, item)
        if way is None:
            message = f"no link brings its checkpoint here from {item.before.pool.name!r}"
            yield _breach(run, item.after, Rule.CHECKPOINT_NOT_THERE, message)
        elif item.after.start - item.before.end < way.slots:
            pause = item.after.start - item.before.end
            message = f"resumes after a pause of {pause} slots, its checkpoint takes {way.slots} slots to come"
            yield _breach(run, item.after, Rule.CHECKPOINT_NOT_THERE, message, way.slots - pause)


def _work_slots(run: Run) -> list[int]:
    """Slots of work in each piece: its slots less the overhead at its head."""
    overheads = [0, *(item.overhead_slots(run.job) for item in run.breaks)]
    return [max(0, piece.end - piece.start - head) for piece, head in zip(run.pieces, overheads, strict=True)]


def _check_least_runs(run: Run) -> Iterator[RuleViolation]:
    """Every piece but the last does the least run: equation (24)."""
    least = run.job.min_run_slots
    for piece, slots in zip(run.pieces[:-1], _work_slots(run)[:-1], strict=True):
        if slots < least:
            message = f"works {slots} slots from slot {piece.start} to {piece.end - 1}, must work {least} before it stops"
            yield _breach(run, piece, Rule.RUN_TOO_SHORT, message, least - slots)


def _check_work(run: Run) -> Iterator[RuleViolation]:
    """The work is done, and done only in the last slot: equations (25) and (26)."""
    rates = [run.job.rate(piece.mode) for piece in run.pieces]
    for piece, rate in zip(run.pieces, rates, strict=True):
        if rate == 0:
            message = f"mode {piece.mode.name!r} does no whole step of its {run.job.work(run.mode)} in a slot"
            yield _breach(run, piece, Rule.WORK_NOT_DONE, f"{message}, so it runs in one piece only")
    if not all(rates):
        return
    needed = run.job.work(run.mode)
    done = sum(rate * slots for rate, slots in zip(rates, _work_slots(run), strict=True))
    last, rate = run.pieces[-1], rates[-1]
    if done < needed:
        missing = divide_up(needed - done, rate)
        message = f"does {done} of {needed} steps of work by slot boundary {last.end}: {missing} slots are missing"
        yield _breach(run, last, Rule.WORK_NOT_DONE, message, missing)
    elif done - needed >= rate or _work_slots(run)[-1] == 0:
        message = f"does its {needed} steps of work before slot {last.end - 1}, in which it still runs"
        yield _breach(run, last, Rule.WORK_OVERDONE, message, max(1, (done - needed) // rate))
