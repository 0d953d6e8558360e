"""What a run draws from the meters: energy, carbon and their costs, added up over a span of slots and rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from optimizer.accounting.runs import Run
from optimizer.exact.problem import ExactProblem, ExactSite
from optimizer.units import PPM, RATE_SCALE, SECONDS_PER_HOUR, divide_half_up, divide_up


@dataclass(frozen=True, slots=True)
class MeteredSpan:
    """Slots over which energy, carbon and their costs are added up before they are rounded."""

    it_power_w: int
    site: ExactSite
    start: int
    end: int

    def energy_wh(self, problem: ExactProblem) -> int:
        return metered_wh(problem, self.it_power_w, sum(self.site.pue_ppm[self.start : self.end]))

    def carbon_mg(self) -> int:
        return metered_mg(self.it_power_w, sum(self.site.emission_ug[self.start : self.end]))

    def energy_micros(self) -> int:
        return metered_micros(self.it_power_w, sum(self.site.energy_rate[self.start : self.end]))

    def carbon_micros(self) -> int:
        return metered_micros(self.it_power_w, sum(self.site.carbon_rate[self.start : self.end]))


def metered_spans(problem: ExactProblem, run: Run) -> list[MeteredSpan]:
    """The whole run in one piece; slot by slot in pieces, so that its worth is a sum over slots."""
    if not run.pieces:
        return [MeteredSpan(run.mode.it_power_w, problem.sites[run.pool.site], run.start, run.end)]
    return [
        MeteredSpan(piece.mode.it_power_w, problem.sites[piece.pool.site], slot, slot + 1)
        for piece in run.pieces
        for slot in range(piece.start, piece.end)
    ]


class Metered(NamedTuple):
    """What a run draws: energy at the grid, PUE included, and emissions, both rounded up; their costs to the nearest."""

    energy_wh: int
    carbon_mg: int
    energy_micros: int
    carbon_micros: int


def metered(problem: ExactProblem, run: Run) -> Metered:
    """All its spans together, each rounded once."""
    drawn = [
        Metered(span.energy_wh(problem), span.carbon_mg(), span.energy_micros(), span.carbon_micros())
        for span in metered_spans(problem, run)
    ]
    return drawn[0] if len(drawn) == 1 else Metered(*map(sum, zip(*drawn, strict=True)))


def metered_wh(problem: ExactProblem, it_power_w: int, pue_ppm: int) -> int:
    """Energy at the grid of ``it_power_w`` over slots whose PUE in parts per million adds up to ``pue_ppm``."""
    return divide_up(it_power_w * pue_ppm * problem.slot_seconds, PPM * SECONDS_PER_HOUR)


def metered_mg(it_power_w: int, emission_ug: int) -> int:
    """Emissions of ``it_power_w`` over slots whose micrograms per watt add up to ``emission_ug``."""
    return divide_up(it_power_w * emission_ug, 1_000)


def metered_micros(it_power_w: int, rate: int) -> int:
    """What ``it_power_w`` costs over slots whose energy or carbon rates add up to ``rate``."""
    return divide_half_up(it_power_w * rate, RATE_SCALE)
