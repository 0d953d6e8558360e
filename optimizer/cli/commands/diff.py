"""``loadstone diff``: what changes from one plan to another, in sentences."""

from __future__ import annotations

import argparse
import json

from optimizer.changes.change import Difference
from optimizer.changes.difference import difference, side_of_file
from optimizer.cli.console import BOLD, Column, Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.comparison import compare
from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.document import problem_from_document, result_from_document, to_document
from optimizer.io.files import read_document, read_plan, read_problem
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.difference import in_short, limits_words, money_rows
from optimizer.solution import Result

#: Changes printed unless all are asked for.
MOST_CHANGES = 60


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Prints the difference; with an instance, both plans are held to it and recomputed."""
    before = _plan_or_instance(arguments.before)
    problem = read_problem(arguments.instance) if arguments.instance else before if isinstance(before, Problem) else None
    earlier = read_problem(arguments.earlier_instance) if arguments.earlier_instance else None
    after = read_plan(arguments.after)
    if problem is not None:
        found = compare(problem, after, None if isinstance(before, Problem) else before, earlier)
        currency = problem.currency
    elif earlier is not None:
        message = "it needs --instance, the later plan's, beside it"
        raise InvalidProblemError([Violation("--earlier-instance", "MISSING", message)])
    else:
        assert isinstance(before, Result)
        currency = ""  # plan files do not say
        found = difference(side_of_file(before), side_of_file(after), currency)
    if arguments.json:
        console.line(json.dumps(to_document(found)))
    else:
        print_difference(found, currency, console, everything=arguments.all)
    return ExitCode.SOLVED


def _plan_or_instance(path: str) -> Result | Problem:
    """An instance says what runs already; it alone has a time grid."""
    document = read_document(path)
    if isinstance(document, dict) and document.keys() & {"time_grid", "timeGrid"}:
        return problem_from_document(document)
    return result_from_document(document)


def print_difference(found: Difference, currency: str, console: Console, *, everything: bool) -> None:
    """In short, then a sentence a job, limits, and money by term."""
    console.line(in_short(found), BOLD)
    for violation in found.earlier_violations:
        console.line(f"  the earlier plan no longer holds: {violation}")
    shown = found.changes if everything else found.changes[:MOST_CHANGES]
    for change in shown:
        console.line(f"  {change.message}")
    if left_off := len(found.changes) - len(shown):
        console.line(f"  and {words.count(left_off, 'more change')} not shown; --all shows every one")
    for sentence in limits_words(found):
        console.line(f"  {sentence}")
    console.line()
    console.line("Difference by term", BOLD)
    console.table((Column("Term"), Column("Amount", True)), money_rows(found.terms, currency))
