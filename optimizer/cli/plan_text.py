"""A result as text for a terminal or a pipe: the answer, site by site what runs, costs, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isfinite

from optimizer.cli.console import BOLD, Column, Console, printable
from optimizer.cli.hall_text import print_halls
from optimizer.cli.link_text import print_links
from optimizer.cli.node_text import print_nodes
from optimizer.cli.plant_text import print_plant
from optimizer.cli.tenancy_text import print_tenancy
from optimizer.cli.tie_text import print_ties
from optimizer.cli.tier_text import print_tiers
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.figures import SiteFigures, site_figures
from optimizer.report.parts import parts_of
from optimizer.solution import Conflict, Placement, Result

#: A plan of at most this many jobs is printed whole; of a larger one, the most important rows of each table.
WHOLE_PLAN = 60
MOST_IMPORTANT = 6
MOST_LEFT_OUT = 20


def print_result(problem: Problem, result: Result, console: Console, *, everything: bool = False) -> None:
    """All there is to say about a result; ``everything`` lifts the limits on rows."""
    console.line(f"{words.answer(problem, result)}.", BOLD)
    _print_standing(problem, result, console)
    print_tiers(problem, result, console)
    if result.conflict is not None:
        print_conflict(problem, result.conflict, console)
    if result.placements or result.operations:
        sites = site_figures(problem, result)
        whole = everything or len(result.placements) <= WHOLE_PLAN
        for site in sites:
            _print_site(problem, site, console, len(site.placements) if whole else MOST_IMPORTANT)
        _print_overview(problem, sites, console)
        print_halls(problem, result, console)
        print_plant(problem, sites, console)
        _print_costs(problem, result, console)
        print_links(problem, result, console, len(result.placements) if whole else MOST_IMPORTANT)
        print_tenancy(problem, result, console)
        print_ties(problem, result, console, len(problem.jobs) if whole else MOST_IMPORTANT)
        print_nodes(problem, result, console, len(result.binding.runs) if result.binding and whole else MOST_IMPORTANT)
    print_unplaced(problem, result, console, len(result.unplaced) if everything else MOST_LEFT_OUT)


def _print_standing(problem: Problem, result: Result, console: Console) -> None:
    termination = result.termination
    if termination.objective_micros is not None:
        console.line(f"{words.checked(result).capitalize()}; {words.quality(result)}.")
    if termination.bound_micros is not None:
        standing = words.bound_standing(result)
        bound = f"No plan is worth more than {words.money(termination.bound_micros, problem.currency)}"
        console.line(f"{bound}; {standing}." if standing else f"{bound}.")
    said = printable(termination.detail.rstrip("."))
    detail = f" ({said})" if said else ""
    console.line(f"Search: {words.search_words(result)}{detail}.")
    for conversion in result.conversions:
        console.line(printable(f"Converted: {conversion.path}: {conversion.message}."))


def _print_site(problem: Problem, site: SiteFigures, console: Console, row_count: int) -> None:
    console.line()
    console.line(f"{printable(site.site.name)} ({printable(site.site.region_code)})", BOLD)
    if not site.placements:
        console.line("  no job runs here")
        return
    chosen = sorted(site.placements, key=lambda p: (-p.terms.objective_micros, p.job))[:row_count]
    columns = (
        Column("Job"),
        Column("Pool"),
        Column("Mode"),
        Column("Start"),
        Column("End"),
        Column("Nodes", True),
        Column("IT power", True),
        Column("Cost", True),
        Column("Net worth", True),
    )
    console.table(columns, _placement_rows(problem, sorted(chosen, key=lambda p: (p.start_slot, p.job))))
    for p in (p for p in chosen if p.segments):
        console.line(f"  {printable(p.job)} runs in {len(p.segments)} pieces: {words.breaks(problem.time_grid, p.segments)}")
    _print_not_shown(len(site.placements) - len(chosen), "job", console)


def _placement_rows(problem: Problem, placements: Sequence[Placement]) -> list[tuple[str, ...]]:
    """A row a run; one in pieces has a row a piece, with its money in the first."""
    rows: list[tuple[str, ...]] = []
    shown = ""
    for part in parts_of(problem, placements):
        cost, worth = part.terms.paid_micros, part.terms.objective_micros
        amounts = ("", "") if part.job == shown else tuple(words.money(m, problem.currency) for m in (cost, worth))
        rows.append(
            (
                part.job,
                part.pool,
                part.mode,
                words.day_and_clock(part.start_time),
                words.day_and_clock(part.end_time),
                f"{part.node_count:,}",
                words.power(part.it_power_w),
                *amounts,
            )
        )
        shown = part.job
    return rows


def _used_share(share: float) -> str:
    """Overhead may draw from a connection that is cut to nothing."""
    return f"{share:.1%}" if isfinite(share) else "> 100%"


def _print_overview(problem: Problem, sites: Sequence[SiteFigures], console: Console) -> None:
    columns = (
        Column("Site"),
        Column("Jobs", True),
        Column("Peak power", True),
        Column("Limit then", True),
        Column("Used", True),
        Column("At"),
        Column("Energy", True),
        Column("Carbon", True),
        Column("Cost", True),
        Column("Net worth", True),
    )
    rows = []
    for site in sites:
        slot, limit = site.power.peak_slot, site.power.limit_w
        rows.append(
            (
                site.site.name,
                f"{len(site.placements):,}",
                words.power(site.power.used_w[slot]),
                words.power(limit[slot]) if limit else "none",
                _used_share(site.power.share(slot)) if limit else "",
                words.moment(problem.time_grid, slot),
                words.energy(site.energy_wh),
                words.carbon(site.carbon_mg),
                words.money(site.terms.paid_micros, problem.currency),
                words.money(site.terms.objective_micros, problem.currency),
            )
        )
    console.line()
    console.line("Sites, at the tightest moment of each grid connection", BOLD)
    console.table(columns, rows)


def _print_costs(problem: Problem, result: Result, console: Console) -> None:
    """Signed as the terms enter the objective; what is zero is left out, the sum is exact."""
    terms = result.terms
    rows = [(words.TERM_LABELS[name], words.money_exact(micros, problem.currency)) for name, micros in terms.signed() if micros]
    console.line()
    console.line("Objective by term", BOLD)
    console.table(
        (Column("Term"), Column("Amount", True)),
        [*rows, ("Objective", words.money_exact(terms.objective_micros, problem.currency))],
    )


def print_unplaced(problem: Problem, result: Result, console: Console, row_count: int) -> None:
    """What was left out, most valuable first, with the reason and the shortfall."""
    if not result.unplaced:
        _print_unexplained(problem, result, console)
        return
    values = {job.name: words.most_value(job) for job in problem.jobs}
    ranked = sorted(result.unplaced, key=lambda u: (-values.get(u.job, 0.0), u.job))
    console.line()
    console.line(f"Left out: {words.count(len(ranked), 'job')}", BOLD)
    reasons = Counter(u.reason for u in ranked)
    if len(ranked) > row_count:
        for reason, number in reasons.most_common():
            console.line(f"  {number:,} {reason}")
    console.table(
        (Column("Job"), Column("Value", True), Column("Reason"), Column("Why"), Column("Missing")),
        [
            (
                u.job,
                words.money(round(values.get(u.job, 0.0) * words.MICROS), problem.currency),
                u.reason,
                words.why(problem.time_grid, u),
                words.shortfall(problem.time_grid, u.shortfall) if u.shortfall else "",
            )
            for u in ranked[:row_count]
        ],
    )
    _print_not_shown(len(ranked) - row_count, "job", console)


def _print_unexplained(problem: Problem, result: Result, console: Console) -> None:
    """A solve that was cut short gives its plan without reasons."""
    left_out = len(problem.jobs) - len(result.placements)
    if result.placements and left_out:
        console.line()
        console.line(f"Left out: {words.count(left_out, 'job')}", BOLD)
        console.line("  without reasons, because the search was cut short; `loadstone explain` finds them")


def print_binding(problem: Problem, result: Result, console: Console, row_count: int) -> None:
    """Which limits keep work out, and when."""
    if not result.binding_limits:
        return
    ranked = sorted(result.binding_limits, key=lambda b: (-b.blocked_job_count, -len(b.slots), b.kind, b.element))
    console.line()
    console.line("Limits that keep work out", BOLD)
    console.table(
        (Column("Limit"), Column("At"), Column("Jobs kept out", True), Column("When")),
        [
            (
                words.limit_label(b.kind),
                b.element or "the fleet",
                f"{b.blocked_job_count:,}",
                words.spans(problem.time_grid, b.slots) if b.slots else "over the horizon",
            )
            for b in ranked[:row_count]
        ],
    )
    _print_not_shown(len(ranked) - row_count, "limit", console)


def print_conflict(problem: Problem, conflict: Conflict, console: Console) -> None:
    """Why the mandatory jobs cannot all run, and what would help."""
    console.line()
    console.line("Why the mandatory jobs cannot all run", BOLD)
    console.line(f"  {printable(conflict.message)}")
    console.line(f"  jobs:   {printable(words.names(conflict.jobs, shown=MOST_LEFT_OUT))}")
    if conflict.limits:
        console.line(f"  limits: {printable(words.names(conflict.limits, shown=MOST_LEFT_OUT))}")
    for relaxation in conflict.relaxations:
        where = f"{words.limit_name(relaxation.kind)} at {relaxation.element or 'the fleet'}"
        when = words.span(problem.time_grid, relaxation.first_slot, relaxation.last_slot)
        if relaxation.amount is None:
            console.line(f"  would not help alone: {printable(where)}, {when}")
        else:
            least = words.amount(relaxation.amount, relaxation.unit)
            console.line(f"  would help: +{least} of {printable(where)}, {when}")


def _print_not_shown(number: int, noun: str, console: Console) -> None:
    if number > 0:
        console.line(f"  and {words.count(number, f'more {noun}')} not shown; --all shows every row, --out writes them all")
