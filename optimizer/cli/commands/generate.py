"""``loadstone generate``: an instance of any size from a seed."""

from __future__ import annotations

import argparse

from optimizer.cli.console import Console
from optimizer.cli.exit_codes import ExitCode
from optimizer.generate.uk_no import generate_uk_no
from optimizer.io.files import write_problem
from optimizer.report.words import count


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:
    """Writes the instance; the same arguments give the same file."""
    problem = generate_uk_no(
        arguments.jobs,
        arguments.seed,
        preemptible_share=arguments.preemptible_share,
        running_share=arguments.running_share,
        reserved_share=arguments.reserved_share,
        ordered_share=arguments.ordered_share,
        grouped_share=arguments.grouped_share,
        week_count=arguments.weeks,
        slot_minutes=arguments.slot_minutes,
    )
    write_problem(problem, arguments.out)
    console.line(f"{count(len(problem.sites), 'site')} and {count(len(problem.jobs), 'job')} written to {arguments.out}")
    return ExitCode.SOLVED
