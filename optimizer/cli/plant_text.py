"""What sites run beside their jobs, as text."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.accounting.operation import battery_saved_micros
from optimizer.cli.console import BOLD, Column, Console
from optimizer.exact.problem import exact
from optimizer.problem import Problem
from optimizer.report import words
from optimizer.report.batteries import moved_w
from optimizer.report.figures import SiteFigures, spread
from optimizer.units import SECONDS_PER_HOUR, W_PER_KW


def print_plant(problem: Problem, sites: Sequence[SiteFigures], console: Console) -> None:
    """A row a flexible load, a demand charge, a heat offtake and a battery; nothing where no site has any."""
    heads = (
        Column("Site"),
        Column("Load"),
        Column("IT energy", True),
        Column("Of what it could draw", True),
        Column("Slots off", True),
    )
    _print_table("Flexible load", heads, [row for site in sites for row in _flexible_rows(problem, site)], console)
    charges = [
        (site.site.name, words.power(site.operation.peak_w), words.money(terms.demand_charge_micros, problem.currency))
        for site in sites
        if site.operation is not None and site.operation.peak_w
        for terms in [site.operation.terms]
    ]
    _print_table("Demand charges", (Column("Site"), Column("Peak", True), Column("Charge", True)), charges, console)
    sales = (Column("Site"), Column("Heat sold", True), Column("Of liquid heat", True), Column("Sold for", True))
    _print_table("Heat sold", sales, [_heat_row(problem, site) for site in sites if site.site.heat_offtake], console)
    figures = ("Taken in", "Given", "Held at most", "Held at the end", "Saves")
    stores = (Column("Site"), *(Column(name, True) for name in figures))
    _print_table("Batteries", stores, [row for site in sites for row in _battery_rows(problem, site)], console)


def _battery_rows(problem: Problem, site: SiteFigures) -> list[tuple[str, ...]]:
    """Energy at the connection; what it saves is energy and carbon of what comes out, less those of what goes in."""
    if site.operation is None or site.operation.battery is None:
        return []
    battery, hours = site.operation.battery, problem.time_grid.slot_duration.total_seconds() / SECONDS_PER_HOUR
    into, out = (round(sum(watts) * hours) for watts in moved_w(problem, site))
    inside = next(each for each in exact(problem).sites if each.name == site.site.name)
    saved = words.money(battery_saved_micros(inside, battery), problem.currency)
    amounts = (words.energy(each) for each in (into, out, max(battery.energy_wh), battery.energy_wh[-1]))
    return [(site.site.name, *amounts, saved)]


def _heat_row(problem: Problem, site: SiteFigures) -> tuple[str, ...]:
    """Energy that is sold, as far as it is recovered, and the liquid heat that it is recovered from."""
    operation, offtake = site.operation, site.site.heat_offtake
    assert operation is not None
    assert offtake is not None
    slot_hours = problem.time_grid.slot_duration.total_seconds() / 3600
    from_wh = sum(operation.heat_w) * slot_hours
    sold_for = words.money(operation.terms.heat_value_micros, problem.currency)
    return site.site.name, words.energy(round(from_wh * offtake.recovered_share)), words.energy(round(from_wh)), sold_for


def _print_table(title: str, heads: Sequence[Column], rows: Sequence[tuple[str, ...]], console: Console) -> None:
    if rows:
        console.line()
        console.line(title, BOLD)
        console.table(heads, rows)


def _flexible_rows(problem: Problem, site: SiteFigures) -> list[tuple[str, ...]]:
    if site.operation is None:
        return []
    grid = problem.time_grid
    rows: list[tuple[str, ...]] = []
    slot_hours = grid.slot_duration.total_seconds() / 3600
    power_kw = {load.name: load.power_kw for load in site.site.flexible_loads}
    for item in site.operation.flexible_loads:
        most = sum(spread(power_kw[item.name], grid.slot_count)) * W_PER_KW
        drawn = sum(item.power_w)
        rows.append(
            (
                site.site.name,
                item.name,
                words.energy(round(drawn * slot_hours)),
                f"{drawn / most:.1%}" if most else "",
                f"{sum(watts == 0 for watts in item.power_w):,} of {grid.slot_count:,}",
            )
        )
    return rows
