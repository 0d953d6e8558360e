"""Jobs admitted one by one beside a plan (`optimizer.insertion`): the plan, what is asked for a job, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from optimizer.certificates import Certificate
from optimizer.errors import Violation
from optimizer.solution import Assignment, Placement, Result


class NoPricesError(ValueError):
    """The result has no certificate, so nothing says what a unit of a limit is worth."""


@dataclass(frozen=True, slots=True)
class PricedPlan:
    """A plan, and the certificate whose prices say what the room in it is worth."""

    assignments: tuple[Assignment, ...]
    certificate: Certificate

    @classmethod
    def of(cls, result: Result) -> PricedPlan:
        """Raises NoPricesError."""
        if result.certificate is None:
            raise NoPricesError("the result has no certificate; solve with the engine price, or auto")
        return cls(tuple(placement.assignment for placement in result.placements), result.certificate)


class AdmissionPolicy(StrEnum):
    """When a job that fits is placed. One without a value must run: it is placed wherever it fits, unless it is only quoted."""

    QUOTE_ONLY = "QUOTE_ONLY"
    PLACE_WITH_SURPLUS = "PLACE_WITH_SURPLUS"
    PLACE_WHERE_IT_FITS = "PLACE_WHERE_IT_FITS"


class AdmissionOutcome(StrEnum):
    """What becomes of a job. NOTHING_FITS: no room where it is worth more than it costs; WORTH_LESS_THAN_COST: it would be
    nowhere, were there nobody else, share floors apart.
    """

    PLACED = "PLACED"
    QUOTED = "QUOTED"
    NO_SURPLUS = "NO_SURPLUS"
    NOTHING_FITS = "NOTHING_FITS"
    WORTH_LESS_THAN_COST = "WORTH_LESS_THAN_COST"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookOpened:
    """What a book begins with: what the plan is worth, and how many jobs it runs."""

    objective_micros: int
    placed_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What became of one job. ``placement``: where it runs, or would; with it come both worths, as in `insertion.Quote`.

    ``violations``: what is wrong with an INVALID job, with paths that begin at ``job``.
    """

    job: str
    outcome: AdmissionOutcome
    placement: Placement | None = None
    worth_micros: int | None = None
    opportunity_cost_micros: int | None = None
    violations: tuple[Violation, ...] = ()

    @property
    def surplus_micros(self) -> int | None:
        """What the plan gains by it, as the prices see it; None where nothing fits."""
        if self.worth_micros is None or self.opportunity_cost_micros is None:
            return None
        return self.worth_micros - self.opportunity_cost_micros
