"""Admissions as text: a row a job, then how many of each outcome and what the plan is worth."""

from __future__ import annotations

from collections import Counter

from optimizer.admission import Admission, AdmissionOutcome
from optimizer.cli.books import Admitted
from optimizer.cli.console import Column, Console
from optimizer.problem import Problem
from optimizer.report import words

COLUMNS = (
    Column("Job"),
    Column("Outcome"),
    Column("Worth", figures=True),
    Column("Costs others", figures=True),
    Column("Surplus", figures=True),
    Column("Where"),
)

#: After a count of jobs.
OUTCOME_WORDS = {
    AdmissionOutcome.PLACED: "placed",
    AdmissionOutcome.QUOTED: "quoted",
    AdmissionOutcome.NO_SURPLUS: "without surplus",
    AdmissionOutcome.NOTHING_FITS: "without room",
    AdmissionOutcome.WORTH_LESS_THAN_COST: "not worth the cost",
    AdmissionOutcome.INVALID: "invalid",
}


def print_admissions(problem: Problem, admitted: Admitted, console: Console) -> None:
    """Jobs without a place have no figures."""
    console.table(COLUMNS, [_row(problem, admission) for admission in admitted.admissions])
    console.line()
    outcomes = Counter(admission.outcome for admission in admitted.admissions)
    told = ", ".join(f"{count:,} {OUTCOME_WORDS[outcome]}" for outcome, count in outcomes.items())
    console.line(f"{words.count(len(admitted.admissions), 'job')}: {told or 'nothing to admit'}.")
    before, after = admitted.objective_before_micros, admitted.book.objective_micros
    more = f", {words.money(after - before, problem.currency)} more than before" if after != before else ""
    console.line(
        f"{words.count(len(admitted.book.assignments), 'job')} run, worth {words.money(after, problem.currency)}{more}."
    )


def _row(problem: Problem, admission: Admission) -> tuple[str, ...]:
    figures = (admission.worth_micros, admission.opportunity_cost_micros, admission.surplus_micros)
    placement = admission.placement
    return (
        admission.job,
        words.code_label(admission.outcome),
        *("" if micros is None else words.money(micros, problem.currency) for micros in figures),
        "" if placement is None else words.place(problem.time_grid, placement.assignment),
    )
