"""The difference of two plans as people read it: in short, job by job, by term, and as a section of the report."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.changes.change import ChangeKind, Difference, JobChange
from optimizer.report import words
from optimizer.report.svg import element, text
from optimizer.report.tables import Column, money_cell, table
from optimizer.solution import BindingLimit, CostBreakdown

KIND_WORDS = {
    ChangeKind.PLACED: "placed",
    ChangeKind.LEFT_OUT: "left out",
    ChangeKind.FINISHED: "finished",
    ChangeKind.GONE: "gone",
    ChangeKind.MOVED: "moved",
    ChangeKind.RESIZED: "resized",
    ChangeKind.SHIFTED: "shifted in time",
    ChangeKind.REARRANGED: "rearranged",
    ChangeKind.REPRICED: "repriced",
}
#: Changes listed in the report; past so many, the reader sees the first few and opens the list. The command prints them all.
MOST_CHANGES, MOST_UNFOLDED, CHANGES_AT_ONCE = 200, 12, 8


def in_short(found: Difference) -> str:
    """``3 jobs change (1 moved, 2 placed), 40 go on as before; 128 GPU-hours move.``"""
    if not found.changes:
        return f"Nothing changes: {words.count(found.unchanged_count, 'job')} as before."
    kinds = [f"{found.count(kind):,} {KIND_WORDS[kind]}" for kind in ChangeKind if found.count(kind)]
    verb = "changes" if len(found.changes) == 1 else "change"
    parts = f"{words.count(len(found.changes), 'job')} {verb} ({', '.join(kinds)}), {found.unchanged_count:,} as before"
    return f"{parts}; {found.moved_gpu_hours:,.6g} GPU-hours move." if found.moved_gpu_hours else f"{parts}."


def limits_words(found: Difference) -> list[str]:
    """Limits that begin or cease to keep work out, a sentence each."""
    return [
        *(f"{_limit(limit)} now keeps work out" for limit in found.new_limits),
        *(f"{_limit(limit)} no longer keeps work out" for limit in found.past_limits),
    ]


def money_rows(terms: CostBreakdown, currency: str) -> list[tuple[str, str]]:
    """What differs, signed as it enters the objective, and the objective."""
    return [(label, words.money_exact(micros, currency)) for label, micros in _differing(terms)]


def _differing(terms: CostBreakdown) -> list[tuple[str, int]]:
    rows = [(words.TERM_LABELS[name], micros) for name, micros in terms.signed() if micros]
    return [*rows, ("Objective", terms.objective_micros)]


def difference_section(currency: str, found: Difference) -> str:
    """The content of the report's section."""
    # what is new in the plan is told elsewhere too; what becomes of a run is told here alone
    shown = sorted(found.changes, key=lambda change: change.kind is ChangeKind.PLACED)[:MOST_CHANGES]
    notes = [
        f"{intro}: {', '.join(_limit(limit) for limit in limits)}"
        for intro, limits in (("Now keep work out", found.new_limits), ("No longer keep work out", found.past_limits))
        if limits
    ]
    if found.earlier_violations:
        notes.insert(0, f"The earlier plan no longer holds: {words.count(len(found.earlier_violations), 'violation')}")
    parts = [element("p", text(in_short(found))), *(element("p", text(f"{note}.")) for note in notes)]
    at_once = len(shown) if len(shown) <= MOST_UNFOLDED else CHANGES_AT_ONCE
    if shown:
        parts.append(_changes_table(currency, shown[:at_once]))
    if rest := shown[at_once:]:
        summary = element("summary", words.count(len(rest), "more change"))
        parts.append(element("details", summary, _changes_table(currency, rest)))
    if left_off := len(found.changes) - len(shown):
        parts.append(element("p", f"{words.count(left_off, 'more change')} not listed.", class_="note"))
    rows = [(text(label), money_cell(micros, currency)) for label, micros in _differing(found.terms)]
    parts.append(table([Column("Difference by term"), Column("Amount", True)], rows))
    return "".join(parts)


def _changes_table(currency: str, changes: Sequence[JobChange]) -> str:
    rows = [(text(change.message), text(_money(change.terms, currency))) for change in changes]
    return table([Column("Change"), Column("Worth", True)], rows)


def _limit(limit: BindingLimit) -> str:
    label = words.limit_label(limit.kind)
    return f"{label} at {limit.element}" if limit.element else label


def _money(terms: CostBreakdown, currency: str) -> str:
    sign = "+" if terms.objective_micros > 0 else ""
    return sign + words.money(terms.objective_micros, currency)
