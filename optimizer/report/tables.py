"""The report's tables: sites at a glance, costs by named term, what binds, what was left out, why nothing fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from optimizer.problem import Problem
from optimizer.report.figures import SiteFigures
from optimizer.report.parts import parts_of
from optimizer.report.svg import element, number, text
from optimizer.report.words import (
    TERM_LABELS,
    amount,
    breaks,
    carbon,
    code_label,
    count,
    day_and_clock,
    energy,
    limit_label,
    moment,
    money,
    money_exact,
    most_value,
    names,
    power,
    shortfall,
    span,
    spans,
    why,
)
from optimizer.solution import BindingLimit, Conflict, CostBreakdown, Placement, Result

MOST_ROWS = 200
MOST_OPEN_ROWS = 40


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; ``figures`` columns are set flush right."""

    heading: str
    figures: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], total: Sequence[str] = ()) -> str:
    """Cells are markup: whoever fills them escapes names with ``text``."""
    sides = ["figure" if column.figures else None for column in columns]
    head = element("tr", *(element("th", text(c.heading), class_=s, scope="col") for c, s in zip(columns, sides, strict=True)))

    def line(cells: Sequence[str]) -> str:
        return element("tr", *(element("td", cell, class_=s) for cell, s in zip(cells, sides, strict=True)))

    foot = element("tfoot", line(total)) if total else ""
    written = element("table", element("thead", head), element("tbody", *map(line, rows)), foot)
    return element("div", written, class_="wide")


def not_shown(total: int, noun: str) -> str:
    if total <= MOST_ROWS:
        return ""
    return element("p", f"{total - MOST_ROWS:,} more {noun} are not shown here; the plan file has them all.", class_="note")


def sites_table(problem: Problem, sites: Sequence[SiteFigures]) -> str:
    grid = problem.time_grid
    columns = [
        Column("Site"),
        Column("Jobs", True),
        Column("GPU-hours", True),
        Column("Tightest moment of the grid connection"),
        Column("Energy", True),
        Column("Carbon", True),
        Column("Net worth", True),
    ]
    rows = [
        (
            f"{text(site.site.name)} {element('span', text(site.site.region_code), class_='code')}",
            f"{len(site.placements):,}",
            f"{site.gpu_hours:,.0f}",
            _tightest(site, moment(grid, site.power.peak_slot)),
            energy(site.energy_wh),
            carbon(site.carbon_mg),
            text(money(site.terms.objective_micros, problem.currency)),
        )
        for site in sites
    ]
    total = (
        "All sites",
        f"{sum(len(s.placements) for s in sites):,}",
        f"{sum(s.gpu_hours for s in sites):,.0f}",
        "",
        energy(sum(s.energy_wh for s in sites)),
        carbon(sum(s.carbon_mg for s in sites)),
        text(money(sum(s.terms.objective_micros for s in sites), problem.currency)),
    )
    return table(columns, rows, total)


def _tightest(site: SiteFigures, when: str) -> str:
    used, limit, slot = site.power.used_w, site.power.limit_w, site.power.peak_slot
    if limit is None:
        return f"{power(used[slot])} of IT power, no grid limit"
    share = min(1.0, site.power.share(slot))
    meter = element("span", element("span", style=f"width:{number(100 * share)}%"), class_="meter")
    return f"{meter}{power(used[slot])} of {power(limit[slot])} {element('span', text(when), class_='when')}"


def costs_table(currency: str, rows: Sequence[tuple[str, CostBreakdown]], whole: CostBreakdown) -> str:
    """Signed as they enter the objective; terms that are zero everywhere are left out."""
    written = [whole, *(terms for _, terms in rows)]
    shown = [name for name, _ in whole.signed() if any(getattr(terms, name) for terms in written)]
    columns = [Column(""), *(Column(TERM_LABELS[name], True) for name in shown), Column("Objective", True)]

    def line(heading: str, terms: CostBreakdown) -> list[str]:
        signed = dict(terms.signed())
        amounts = [*(signed[name] for name in shown), terms.objective_micros]
        return [text(heading), *(money_cell(micros, currency) for micros in amounts)]

    return table(columns, [line(name, terms) for name, terms in rows], line("Objective", whole))


def money_cell(micros: int, currency: str) -> str:
    """All six decimals, the last four set small: the column adds up to the last digit."""
    if micros == 0:
        return element("span", "–", class_="when")
    written = money_exact(micros, currency)
    return text(written[:-4]) + element("span", written[-4:], class_="fine")


def binding_table(problem: Problem, limits: Sequence[BindingLimit]) -> str:
    ranked = sorted(limits, key=lambda b: (-b.blocked_job_count, -len(b.slots), b.kind, b.element))
    columns = [Column("Limit"), Column("At"), Column("When"), Column("Slots", True), Column("Jobs kept out", True)]
    rows = [
        (
            limit_label(b.kind),
            text(b.element or "the fleet"),
            spans(problem.time_grid, b.slots) if b.slots else "over the horizon",
            f"{len(b.slots):,}" if b.slots else "",
            f"{b.blocked_job_count:,}",
        )
        for b in ranked[:MOST_ROWS]
    ]
    return table(columns, rows) + not_shown(len(limits), "limits")


def unplaced_table(problem: Problem, result: Result) -> str:
    """The jobs of most value first; above many rows, how many there are of each reason."""
    values = {job.name: most_value(job) for job in problem.jobs}
    ranked = sorted(result.unplaced, key=lambda u: (-values.get(u.job, 0.0), u.job))
    columns = [Column("Job"), Column("Value", True), Column("Why it was left out"), Column("What was missing")]
    rows = [
        (
            text(u.job),
            text(money(round(values.get(u.job, 0.0) * 1e6), problem.currency)),
            f"{element('strong', code_label(u.reason))} {text(why(problem.time_grid, u))}"
            + (f" {element('span', 'Blocked by ' + text(names(u.blocking_jobs)), class_='when')}" if u.blocking_jobs else ""),
            text(shortfall(problem.time_grid, u.shortfall)) if u.shortfall else "",
        )
        for u in ranked[:MOST_ROWS]
    ]
    return _reasons(result) + _folded(columns, rows, "jobs") + not_shown(len(ranked), "jobs")


def _folded(columns: Sequence[Column], rows: Sequence[Sequence[str]], noun: str) -> str:
    """A long table shows its first rows; the others open on a click."""
    if len(rows) <= MOST_OPEN_ROWS:
        return table(columns, rows)
    summary = element("summary", f"The next {len(rows) - MOST_OPEN_ROWS:,} {noun}")
    return table(columns, rows[:MOST_OPEN_ROWS]) + element("details", summary, table(columns, rows[MOST_OPEN_ROWS:]))


def _reasons(result: Result) -> str:
    reasons = Counter(u.reason for u in result.unplaced)
    if len(reasons) < 2 or len(result.unplaced) <= 10:
        return ""
    rows = [(code_label(reason), f"{number_of:,}") for reason, number_of in reasons.most_common()]
    return element("div", table([Column("Reason"), Column("Jobs", True)], rows), class_="narrow")


def _place_cells(p: Placement) -> tuple[str, ...]:
    return (
        text(p.pool),
        text(p.mode),
        day_and_clock(p.start_time),
        day_and_clock(p.end_time),
        f"{p.node_count:,}",
        f"{p.gpu_count:,}",
    )


def placements_table(problem: Problem, placements: Sequence[Placement]) -> str:
    """A row a job; below a run in pieces, whose row has its first pool and mode and its largest width, a row a piece."""
    ranked = sorted(placements, key=lambda p: (-p.terms.objective_micros, p.job))
    columns = [
        Column("Job"),
        Column("Pool"),
        Column("Mode"),
        Column("Start"),
        Column("End"),
        Column("Nodes", True),
        Column("GPUs", True),
        Column("Net worth", True),
    ]
    shown = ranked[:MOST_ROWS]
    pieces: dict[str, list[Placement]] = {}
    for part in parts_of(problem, [p for p in shown if p.segments]):
        pieces.setdefault(part.job, []).append(part)
    rows = []
    for p in shown:
        broken = f" {element('span', breaks(problem.time_grid, p.segments), class_='when')}" if p.segments else ""
        worth = text(money(p.terms.objective_micros, problem.currency))
        rows.append((text(p.job) + broken, *_place_cells(p), worth))
        rows += [("", *_place_cells(piece), "") for piece in pieces.get(p.job, ())]
    return table(columns, rows) + not_shown(len(ranked), "jobs")


def conflict_section(problem: Problem, conflict: Conflict) -> str:
    """The conflict in words, then what would resolve it."""
    kind = "No smaller set conflicts" if conflict.minimal else "A smaller set may conflict already"
    parts = [
        element("p", text(conflict.message)),
        element("p", f"{kind}: {count(len(conflict.jobs), 'job')}, {count(len(conflict.limits), 'limit')}.", class_="note"),
        table([Column("Jobs in conflict")], [(text(job),) for job in conflict.jobs[:MOST_ROWS]]),
        not_shown(len(conflict.jobs), "jobs"),
    ]
    if conflict.limits:
        parts.append(table([Column("Limits in conflict")], [(text(limit),) for limit in conflict.limits[:MOST_ROWS]]))
    if conflict.relaxations:
        rows = [
            (
                limit_label(r.kind),
                text(r.element or "the fleet"),
                "does not help alone" if r.amount is None else f"+{text(amount(r.amount, r.unit))}",
                span(problem.time_grid, r.first_slot, r.last_slot),
                text(r.message),
            )
            for r in conflict.relaxations[:MOST_ROWS]
        ]
        heads = [Column("Raise"), Column("At"), Column("By at least", True), Column("When"), Column("")]
        parts += [element("h3", "What would help, each alone"), table(heads, rows)]
    return "".join(parts)
