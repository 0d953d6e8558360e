"""A site's timeline: every pool a band as high as its nodes, every job a bar as high as the nodes it holds; a run in pieces
has a bar a piece, joined over its pauses, and arrows say who waits for whom. A line leads to a bar whose data comes before.

Where a pool runs more jobs than the eye can tell apart, its band shows the nodes in use instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.data_transfer import Transfer
from optimizer.problem import Job, Problem
from optimizer.report.figures import PoolFigures, SiteFigures
from optimizer.report.joints import caption, draw_joints, pauses, waits
from optimizer.report.nodes import Piece, number_nodes
from optimizer.report.svg import (
    CHART_WIDTH,
    Scale,
    TimeAxis,
    chart,
    element,
    fitted,
    hover_columns,
    label,
    name_label,
    number,
    step_area,
    step_path,
    text,
)
from optimizer.report.words import breaks, count, day_and_clock, energy, money, power
from optimizer.solution import Placement

MOST_BARS_IN_A_POOL = 300
MOST_BARS_ON_A_PAGE = 3_000
SMALLEST_BAND, LARGEST_BAND, BANDS_TOGETHER = 34.0, 170.0, 420.0
BAND_GAP = 16.0
KIND_LABELS = {
    "must": "must run",
    "paid": "runs for its value",
    "late": "ends after its due time",
    "away": "nodes out of service",
    "moving": "its data on the way",
    "pause": "pauses",
    "wait": "leads to who waits",
}
#: The least height of a bar that holds a label, and of a band that says how many of its nodes are reserved.
LABEL_HEIGHT = 11.0
RESERVED_HEIGHT = 42.0

#: The height of the middle of each bar, by job and first slot.
Middles = dict[tuple[str, int], float]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Draws the timelines of one problem's sites."""

    problem: Problem
    jobs: dict[str, Job]
    bars_allowed: bool

    def draw(self, site: SiteFigures) -> str:
        axis = TimeAxis(self.problem.time_grid)
        pools = [pool for pool in site.pools if pool.placements]
        scale = BANDS_TOGETHER / max(1, sum(max(pool.node_count) for pool in pools))
        grounds, bands, top = [], [], 6.0
        middles: Middles = {}
        for pool in pools:
            height = min(LARGEST_BAND, max(SMALLEST_BAND, max(pool.node_count) * scale))
            width = axis.x(axis.grid.slot_count) - axis.x(0)
            grounds.append(element("rect", x=axis.x(0), y=top, width=width, height=height, class_="band"))
            bands.append(self._band(axis, pool, top, top + height, middles))
            top += height + BAND_GAP
        bottom = top - BAND_GAP
        ruler = axis.draw(0, bottom + 4)
        parts = self._barred(site)
        joints = draw_joints(
            axis, lambda part: middles[part.job, part.start_slot], pauses(parts), waits(parts, self.problem.precedences)
        )
        return chart(bottom + 22, f"Timeline of jobs at {site.site.name}", [*grounds, ruler, *bands, joints])

    def shows_bars(self, pool: PoolFigures) -> bool:
        return self.bars_allowed and len(pool.placements) <= MOST_BARS_IN_A_POOL

    def kinds(self, site: SiteFigures) -> list[str]:
        """What the colours and lines of a site's bars say, of those that occur; ``away`` where nodes are out of service."""
        pools = [pool for pool in site.pools if pool.placements]
        parts = self._barred(site)
        shown = {self._kind(part) for part in parts}
        if any(min(pool.node_count) < max(pool.node_count) for pool in pools):
            shown.add("away")
        if any(map(arriving, parts)):
            shown.add("moving")
        if pauses(parts):
            shown.add("pause")
        if waits(parts, self.problem.precedences):
            shown.add("wait")
        return [kind for kind in KIND_LABELS if kind in shown]

    def _barred(self, site: SiteFigures) -> list[Placement]:
        """What has a bar of its own at ``site``."""
        return [part for pool in site.pools if self.shows_bars(pool) for part in pool.placements]

    def _band(self, axis: TimeAxis, pool: PoolFigures, top: float, bottom: float, middles: Middles) -> str:
        """The band of one pool; its bars are noted in ``middles``."""
        most = max(pool.node_count)
        scale = Scale(0, most, top, bottom)
        name = name_label(pool.pool.name, top + 11)
        size = label(f"{fitted(pool.pool.gpu_model, 60)}, {count(most, 'node')}", 0, top + 25, "axis")
        held = most_reserved(self.problem, pool.pool.name)
        if held and bottom - top >= RESERVED_HEIGHT:
            size += label(f"{held:,} reserved", 0, top + 39, "axis")
        inside = self._bars(axis, scale, pool, middles) if self.shows_bars(pool) else _load(axis, scale, pool)
        return inside + _out_of_service(axis, scale, pool) + name + size

    def _bars(self, axis: TimeAxis, scale: Scale, pool: PoolFigures, middles: Middles) -> str:
        numbered = list(zip(pool.placements, number_nodes(pool.placements), strict=True))
        for placement, pieces in numbered:
            tallest = max(pieces, key=lambda piece: piece.count, default=Piece(0, 0))
            middles[placement.job, placement.start_slot] = scale.y(tallest.first + tallest.count / 2)
        return "".join(self._bar(axis, scale, placement, pieces) for placement, pieces in numbered)

    def _bar(self, axis: TimeAxis, scale: Scale, placement: Placement, pieces: tuple[Piece, ...]) -> str:
        x = axis.x(placement.start_slot)
        width = axis.x(placement.end_slot) - x
        drawn = [element("title", text(self._details(placement)))]
        if pieces:
            drawn += [_arrival(axis, scale, transfer, pieces[0]) for transfer in arriving(placement)]
        for piece in pieces:
            y = scale.y(piece.first + piece.count)
            drawn.append(element("rect", x=x, y=y, width=width, height=scale.y(piece.first) - y))
        if pieces:
            tallest = max(pieces, key=lambda p: p.count)
            height = scale.y(0) - scale.y(tallest.count)
            words = fitted(caption(placement), width - 8)
            if words and height >= LABEL_HEIGHT:
                middle = scale.y(tallest.first + tallest.count / 2)
                drawn.append(label(words, x + 4, middle + 3.5, "inside"))
        return element("g", *drawn, class_=f"bar {self._kind(placement)}")

    def _kind(self, placement: Placement) -> str:
        if placement.terms.tardiness_cost_micros > 0:
            return "late"
        job = self.jobs[placement.job]
        return "must" if job.value is None and all(mode.value is None for mode in job.modes) else "paid"

    def _details(self, p: Placement) -> str:
        currency = self.problem.currency
        lines = [
            p.job,
            f"{day_and_clock(p.start_time)} to {day_and_clock(p.end_time)}",
            f"{p.mode}, {count(p.node_count, 'node')} of {p.pool}",
            f"{power(p.it_power_w)} IT, {energy(p.energy_wh)} at the grid",
            f"net worth {money(p.terms.objective_micros, currency)}",
        ]
        if p.segments:
            number_of = next(k for k, part in enumerate(p.segments, start=1) if part.start_slot == p.start_slot)
            grid = self.problem.time_grid
            lines.insert(1, f"piece {number_of} of {len(p.segments)}; the run has {breaks(grid, p.segments)}")
        lines += [
            f"{moved.size_gb:,.6g} GB from {moved.from_site} in {count(moved.end_slot - moved.start_slot, 'slot')} before"
            for moved in arriving(p)
        ]
        if (tier := self.jobs[p.job].priority_tier) is not None:
            lines.append(f"tier {tier}")
        if p.terms.tardiness_cost_micros > 0:
            lines.append(f"late: costs {money(p.terms.tardiness_cost_micros, currency)}")
        return "\n".join(lines)


def arriving(placement: Placement) -> list[Transfer]:
    """The transfers that end where the run, or this piece of it, begins."""
    return [transfer for transfer in placement.transfers if transfer.end_slot == placement.start_slot]


def _arrival(axis: TimeAxis, scale: Scale, transfer: Transfer, piece: Piece) -> str:
    """A line that leads to the bar, over the slots of the transfer."""
    x, middle = axis.x(transfer.start_slot), scale.y(piece.first + piece.count / 2)
    return element("rect", x=x, y=middle - 1.5, width=axis.x(transfer.end_slot) - x, height=3, class_="moving")


def timeline(problem: Problem, placement_count: int) -> Timeline:
    return Timeline(problem, {job.name: job for job in problem.jobs}, placement_count <= MOST_BARS_ON_A_PAGE)


def most_reserved(problem: Problem, pool: str) -> int:
    """The most nodes of ``pool`` that all tenants together hold in one slot."""
    held = [kept.node_count for tenant in problem.tenants for kept in tenant.reservations if kept.pool == pool]
    return max(
        (sum(nodes[min(slot, len(nodes) - 1)] for nodes in held if nodes) for slot in range(problem.time_grid.slot_count)),
        default=0,
    )


def _load(axis: TimeAxis, scale: Scale, pool: PoolFigures) -> str:
    def describe(slots: range) -> str:
        peak = max(slots, key=pool.nodes_used.__getitem__)
        return f"{pool.nodes_used[peak]:,} of {count(pool.node_count[peak], 'node')} in use"

    area = element("path", d=step_area(axis, scale, pool.nodes_used), class_="load")
    top, bottom = scale.top, scale.bottom
    words = f"{len({p.job for p in pool.placements}):,} jobs: nodes in use"
    note = label(words, CHART_WIDTH, top - 3, "axis", "end")
    return area + hover_columns(axis, top, bottom, describe) + note


def _out_of_service(axis: TimeAxis, scale: Scale, pool: PoolFigures) -> str:
    """Hatches the nodes that are not there (maintenance, failures) above a line at those that are."""
    most = max(pool.node_count)
    if min(pool.node_count) == most:
        return ""
    roof = f"V{number(scale.top)}H{number(axis.x(0))}Z"
    line = step_path(axis, scale, pool.node_count, lowest=True)
    return element("path", d=line + roof, class_="away", fill_rule="evenodd")
