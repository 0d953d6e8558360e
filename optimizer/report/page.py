"""``render_report``: the page from a problem and its result. One file, no scripts, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from optimizer.changes.change import Difference
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.batteries import battery_chart, battery_key
from optimizer.report.difference import difference_section
from optimizer.report.earnings import earnings_table, money_chart, money_key
from optimizer.report.figures import SiteFigures, site_figures
from optimizer.report.halls import halls_section
from optimizer.report.links import links_section
from optimizer.report.plant import draw_chart, layer_key
from optimizer.report.power import cooling_chart, power_chart
from optimizer.report.racks import racks_section
from optimizer.report.svg import element, text
from optimizer.report.tables import (
    binding_table,
    conflict_section,
    costs_table,
    placements_table,
    sites_table,
    unplaced_table,
)
from optimizer.report.tenancy import tenancy_section
from optimizer.report.tiers import tiers_table
from optimizer.report.ties import ties_section
from optimizer.report.timeline import KIND_LABELS, Timeline, timeline
from optimizer.report.worth import grid_worth_map
from optimizer.solution import LimitUsage, Result

#: Sites shown in detail, those with most at stake first; the overview has all of them.
MOST_SITES_IN_DETAIL = 24
CHARTED_COOLING_SHARE = 0.5


def render_report(problem: Problem, result: Result, changes: Difference | None = None) -> str:
    """A self-contained HTML page; grows with sites and slots, not with the number of jobs. ``changes``: what is new in it."""
    style = files("optimizer.report").joinpath("page.css").read_text(encoding="utf-8")
    title = problem.name or "Placement plan"
    head = element(
        "head",
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
        element("title", text(f"{title}: {words.headline(problem, result)}")),
        element("style", style),
    )
    body = element(
        "body", _header(problem, result, title), element("main", *_sections(problem, result, changes)), _footer(result)
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _sections(problem: Problem, result: Result, changes: Difference | None) -> list[str]:
    parts: list[str] = []
    if result.conflict is not None:
        parts.append(_section("Why the mandatory jobs cannot all run", conflict_section(problem, result.conflict)))
    if changes is not None:
        parts.append(_section("What changes", difference_section(problem.currency, changes)))
    if result.tiers:
        parts.append(_section("Priority tiers, none giving way to a later one", tiers_table(problem, result)))
    if result.placements or result.operations:
        sites = site_figures(problem, result)
        parts.append(_section("Sites at a glance", sites_table(problem, sites)))
        parts += _site_sections(problem, result, sites)
        if result.hall_schedules:
            parts.append(_section("Halls on and off", halls_section(problem, result)))
        earning = [(site.site.name, site.terms) for site in sites if site.is_busy]
        parts.append(_section("What it costs, term by term", costs_table(problem.currency, earning, result.terms)))
        if problem.precedences or problem.groups:
            parts.append(_section("Order and groups", ties_section(problem, result)))
    if result.binding is not None and result.binding.runs:
        parts.append(_section("Nodes by time", racks_section(problem, result.binding)))
    if any(placement.transfers for placement in result.placements):
        parts.append(_section("Data on its way", links_section(problem, result)))
    if result.tenancy or result.shares:
        parts.append(_section("Reservations and share floors", tenancy_section(problem, result)))
    if result.binding_limits:
        parts.append(_section("Limits that keep work out", binding_table(problem, result.binding_limits)))
    if worth := grid_worth_map(problem, result.shadow_prices):
        parts.append(_section("What one more megawatt of grid would be worth", worth))
    if result.unplaced:
        parts.append(_section("What was left out, and why", unplaced_table(problem, result)))
    if result.placements:
        details = element("summary", f"{words.count(len(result.placements), 'job')} with site, time and width")
        parts.append(_section("Where each job runs", element("details", details, placements_table(problem, result.placements))))
    return parts


def _site_sections(problem: Problem, result: Result, sites: Sequence[SiteFigures]) -> list[str]:
    busy = [site for site in sites if site.is_busy]
    at_stake = sorted(busy, key=lambda s: -s.terms.earned_micros)[:MOST_SITES_IN_DETAIL]
    drawn = timeline(problem, len(result.placements))
    parts = [_site(problem, site, drawn) for site in busy if site in at_stake]
    if idle := [site.site.name for site in sites if not site.is_busy]:
        parts.append(element("p", f"Nothing runs at {text(words.names(idle, shown=12))}.", class_="note"))
    if left_off := len(busy) - len(at_stake):
        parts.append(element("p", f"{words.count(left_off, 'more site')} not drawn.", class_="note"))
    return parts


def _site(problem: Problem, site: SiteFigures, drawn: Timeline) -> str:
    grid = problem.time_grid
    bars = any(drawn.shows_bars(pool) for pool in site.pools if pool.placements)
    heading = element("h2", text(site.site.name), " ", element("span", text(site.site.region_code), class_="code"))
    facts = (
        f"{words.count(len(site.placements), 'job')}, {words.energy(site.energy_wh)}, "
        f"{words.money_short(site.terms.objective_micros, problem.currency)} net"
    )
    parts = [
        heading,
        element("p", text(facts), class_="facts"),
        _figure("Jobs by pool", _job_key(drawn.kinds(site), bars), drawn.draw(site)),
        _figure(
            "Power at the grid connection" if site.power.limit_w else "IT power",
            _power_key(site),
            power_chart(grid, site, problem.currency),
        ),
    ]
    if site.operation is not None:
        if site.operation.peak_w:
            charge = words.money(site.operation.terms.demand_charge_micros, problem.currency)
            charged = f"The demand charge is on a peak of {words.power(site.operation.peak_w)}: {charge}."
            parts.append(element("p", text(charged), class_="note"))
        parts.append(_figure("What draws on the connection", layer_key(site), draw_chart(problem, site)))
        if site.operation.battery is not None:
            parts.append(_figure("What the battery takes, gives and holds", battery_key(), battery_chart(problem, site)))
        if site.site.flexible_loads or site.site.heat_offtake is not None or site.site.battery is not None:
            parts.append(_figure("Money by slot", money_key(site.site), money_chart(problem, site)))
            parts.append(earnings_table(problem, site))
    if site.cooling:
        parts.append(_cooling(problem, site))
    return element("section", *parts, class_="site")


def _cooling(problem: Problem, site: SiteFigures) -> str:
    """A chart for every limit that is ever half used; a sentence for the rest."""
    near = [usage for usage in site.cooling if _peak_share(usage) >= CHARTED_COOLING_SHARE]
    charts = [cooling_chart(problem.time_grid, usage, labelled=usage is near[-1]) for usage in near]
    shown = _figure("Heat against cooling", _key("heat", "heat carried off") + _key("limit", "limit"), "".join(charts))
    slack = [
        f"{words.limit_name(usage.kind)} of {usage.element} ({_peak_share(usage):.0%} at most)"
        for usage in site.cooling
        if usage not in near
    ]
    note = element("p", text(f"Never half used: {words.names(slack, shown=12)}."), class_="note") if slack else ""
    return (shown if near else "") + note


def _peak_share(usage: LimitUsage) -> float:
    return max(
        (used / capacity if capacity > 0 else 1.0) if used else 0.0 for used, capacity in zip(usage.used, usage.capacity)
    )


def _figure(title: str, key: str, drawing: str) -> str:
    return element("figure", element("figcaption", element("strong", text(title)), " ", key), drawing)


def _job_key(kinds: Sequence[str], bars: bool) -> str:
    key = "".join(_key(kind, KIND_LABELS[kind]) for kind in kinds)
    return key + (element("span", "height: nodes", class_="when") if bars else "")


def _power_key(site: SiteFigures) -> str:
    key = _key("load", "drawn")
    if site.power.limit_w:
        key += _key("limit", "limit")
    return key + (_key("price", "energy price, right scale") if site.price_per_mwh else "")


def _key(kind: str, name: str) -> str:
    return element("span", element("i", class_=f"swatch {kind}"), text(name), class_="key")


def _section(title: str, content: str) -> str:
    return element("section", element("h2", text(title)), content)


def _header(problem: Problem, result: Result, title: str) -> str:
    grid = problem.time_grid
    start, end = words.slot_time(grid, 0), words.slot_time(grid, grid.slot_count)
    zone = f"{start:%Z}" or "local time"
    horizon = f"{words.day_and_clock(start)} to {words.day_and_clock(end)} {end:%Y}, {zone}"
    return element(
        "header",
        element("p", f"{text(title)} · {text(horizon)}", class_="kicker"),
        element("h1", text(words.headline(problem, result))),
        element("dl", *(element("div", element("dt", text(k)), element("dd", v)) for k, v in _facts(problem, result))),
    )


def _facts(problem: Problem, result: Result) -> list[tuple[str, str]]:
    termination, currency = result.termination, problem.currency
    facts = []
    if termination.objective_micros is not None:
        facts.append(("Objective", text(words.money(termination.objective_micros, currency))))
        mark = "Yes, by the independent check" if result.verified else element("strong", "No", class_="bad")
        facts.append(("Verified", mark))
        facts.append(("Placed", f"{len(result.placements):,}"))
        facts.append(("Left out", f"{len(problem.jobs) - len(result.placements):,}"))
    if termination.bound_micros is not None:
        bound = text(words.money(termination.bound_micros, currency))
        facts.append(
            ("No plan is worth more than", f"{bound} {element('span', text(words.bound_standing(result)), class_='when')}")
        )
    facts.append(("Search", text(words.search_words(result))))
    return facts


def _footer(result: Result) -> str:
    notes = dict.fromkeys(text(note) for note in (result.termination.detail, result.engine_detail) if note)
    notes |= dict.fromkeys(text(f"{conversion.path}: {conversion.message}.") for conversion in result.conversions)
    made = "Every figure follows from the instance and the plan file; <code>loadstone verify</code> checks them."
    return element("footer", *(element("p", note) for note in notes), element("p", made))
