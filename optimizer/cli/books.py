"""What ``loadstone admit`` asks of a book, wherever it is open: in this process, or at a server (``service``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from optimizer.admission import Admission, AdmissionPolicy, PricedPlan
from optimizer.problem import Job, Problem
from optimizer.solution import Assignment


class Book(Protocol):
    """The plan as it has grown; see ``optimizer.insertion.PriceBook``."""

    @property
    def problem(self) -> Problem: ...

    @property
    def assignments(self) -> tuple[Assignment, ...]: ...

    @property
    def objective_micros(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of each job, in order, and the book after the last."""

    admissions: tuple[Admission, ...]
    book: Book
    objective_before_micros: int


def admit_here(problem: Problem, plan: PricedPlan, jobs: Sequence[Job], policy: AdmissionPolicy) -> Admitted:
    """One job after the other, in a book of this process; raises as ``PriceBook`` does."""
    # It loads the kernels.
    from optimizer.insertion import PriceBook

    book = PriceBook(problem, plan)
    before_micros = book.objective_micros
    return Admitted(tuple([book.admit(job, policy) for job in jobs]), book, before_micros)
