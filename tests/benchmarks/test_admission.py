"""What the admission benchmark quotes, and what its table says."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from benchmarks import admission
from optimizer.admission import Admission, AdmissionOutcome
from optimizer.problem import Group, GroupKind, Job, Precedence
from optimizer.validate import check
from tests import fleet


def test_the_planned_jobs_keep_the_ties_among_themselves() -> None:
    jobs = [fleet.job(f"j{n}") for n in range(4)]
    ties = (Precedence(predecessor="j0", successor="j1"), Precedence(predecessor="j1", successor="j3"))
    groups = tuple(Group(name=f"g{n}", kind=GroupKind.SAME_SITE, jobs=("j0", f"j{n}")) for n in (2, 3))
    planned, others = admission.split(replace(fleet.problem(*jobs), precedences=ties, groups=groups))
    check(planned)
    assert [job.name for job in planned.jobs] == ["j0", "j1", "j2"]
    assert [job.name for job in others] == ["j3"]
    assert (planned.precedences, planned.groups) == (ties[:1], groups[:1])


def test_each_try_is_timed_after_the_first_few() -> None:
    asked: list[str] = []

    def quote(job: Job) -> Admission:
        asked.append(job.name)
        return Admission(job=job.name, outcome=AdmissionOutcome.NOTHING_FITS)

    ticks = count()
    times = admission.times_of(quote, [fleet.job("a"), fleet.job("b")], 3, lambda: float(next(ticks)))
    assert asked == ["a", "b", *"aaabbb"]
    assert times.tolist() == [[1000.0] * 3] * 2


def test_a_row_states_percentiles_and_the_most() -> None:
    assert admission.row("all", np.arange(101.0)) == "| all | 50.00 | 90.00 | 99.00 | 100.00 |"
