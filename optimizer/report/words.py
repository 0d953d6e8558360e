"""Figures and findings as people read them: money, power, times, and the answer in sentences. No HTML here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from optimizer.limits import LimitKind, counted
from optimizer.problem import Job, Problem, TimeGrid
from optimizer.solution import Assignment, BoundSource, Result, Segment, Shortfall, StoppedBy, TerminationReason, Unplaced

MICROS = 1_000_000
#: A solver that proves optimality states its bound as a float, rounded outwards: a gap this small is that rounding.
FLOAT_BOUND_GAP = 1e-6
#: What takes years to stage may begin later than dates go.
AFTER_ANY_DATE = "after the year 9999"
CURRENCY_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}

TERM_LABELS = {
    "value_micros": "Value of jobs",
    "energy_cost_micros": "Energy",
    "carbon_cost_micros": "Carbon",
    "tardiness_cost_micros": "Lateness",
    "staging_cost_micros": "Data staging",
    "move_cost_micros": "Moves and resizes",
    "mode_cost_micros": "Mode costs",
    "pause_cost_micros": "Pauses",
    "change_cost_micros": "Mode changes",
    "stop_cost_micros": "Stops",
    "shortfall_cost_micros": "Short of share floors",
    "hall_cost_micros": "Halls on standby",
    "switching_cost_micros": "Switching of halls",
    "flexible_value_micros": "Flexible load",
    "demand_charge_micros": "Demand charge",
    "heat_value_micros": "Heat sold",
}

LIMIT_NAMES = {
    LimitKind.POOL_NODES: "GPU nodes",
    LimitKind.POOL_PART: "part of a pool",
    LimitKind.HALL_POWER: "hall power",
    LimitKind.LIQUID_COOLING: "liquid cooling",
    LimitKind.AIR_COOLING: "air cooling",
    LimitKind.GRID_IMPORT: "grid connection",
    LimitKind.RECOVERED_HEAT: "recovered heat",
    LimitKind.GRID_EXPORT: "no export",
    LimitKind.TENANT_QUOTA: "tenant quota",
    LimitKind.RESERVATION: "reservation",
    LimitKind.RESOURCE: "resource",
    LimitKind.ENERGY_BUDGET: "energy budget",
    LimitKind.CARBON_BUDGET: "carbon budget",
    LimitKind.CONSUMABLE: "consumable",
    LimitKind.GROUP_DOMAIN: "nodes of a group in one domain",
    LimitKind.GROUP_APART: "jobs of a group at one site",
    LimitKind.LINK: "link",
    LimitKind.CHURN_JOBS: "churn budget in jobs",
    LimitKind.CHURN_GPU_SLOTS: "churn budget in GPU-slots",
}

STOPPED_WORDS = {
    StoppedBy.TIME_LIMIT: "stopped by the time limit",
    StoppedBy.WORK_LIMIT: "stopped by the work limit",
    StoppedBy.CANCELLED: "stopped on request",
    StoppedBy.WORKER_LOST: "the solving process was lost",
}


def money(micros: int, currency: str) -> str:
    """To the hundredth: ``£1,234.57``, ``-NOK 3.20``."""
    hundredths = (2 * abs(micros) + MICROS // 100) // (2 * (MICROS // 100))
    return _signed(micros, currency, f"{hundredths // 100:,}.{hundredths % 100:02d}")


def money_short(micros: int, currency: str) -> str:
    """For headings and overviews: whole units from 1,000 on, millions from a million on."""
    units = abs(micros) / MICROS
    if units >= 999_999.5:
        return _signed(micros, currency, f"{units / 1e6:,.2f} million")
    return _signed(micros, currency, f"{units:,.0f}") if units >= 1000 else money(micros, currency)


def money_exact(micros: int, currency: str) -> str:
    """Every digit, so that a column of them adds up as printed."""
    whole, rest = divmod(abs(micros), MICROS)
    return _signed(micros, currency, f"{whole:,}.{rest:06d}")


def _signed(micros: int, currency: str, digits: str) -> str:
    prefix = CURRENCY_SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{'-' if micros < 0 else ''}{prefix}{digits}"


def _scaled(value: float, units: Sequence[tuple[float, str]]) -> str:
    """Three significant digits or so in the largest unit that keeps the figure at 1 or more."""
    factor, unit = next(((f, u) for f, u in units if abs(value) >= f), units[-1])
    figure = value / factor
    decimals = 0 if abs(figure) >= 100 or figure == int(figure) else 1 if abs(figure) >= 10 else 2
    return f"{figure:,.{decimals}f} {unit}"


def power(watts: float) -> str:
    return _scaled(watts, ((1e6, "MW"), (1e3, "kW"), (1, "W")))


def energy(watt_hours: float) -> str:
    return _scaled(watt_hours, ((1e9, "GWh"), (1e6, "MWh"), (1e3, "kWh"), (1, "Wh")))


def carbon(milligrams: float) -> str:
    return _scaled(milligrams, ((1e9, "t"), (1e6, "kg"), (1e3, "g")))


def amount(value: int, unit: str) -> str:
    """A quantity of a limit in its own unit; watts and the like are scaled for reading."""
    scaled = {"W": power, "Wh": energy, "mg": carbon, "MB/h": transfer_rate}.get(unit)
    return scaled(value) if scaled else counted(value, unit)


def transfer_rate(mb_per_hour: int) -> str:
    return _scaled(mb_per_hour, ((1e6, "TB/h"), (1e3, "GB/h"), (1, "MB/h")))


def most_value(job: Job) -> float:
    """What a job is worth in its best mode, in the problem's currency; 0 for one that states no value.

    Modes that come from a work profile are worth what the job is.
    """
    values = [job.value if mode.value is None else mode.value for mode in job.modes] or [job.value]
    return max((value for value in values if value is not None), default=0.0)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def gap_percent(gap: float) -> str:
    """Two significant digits, rounded up: what is printed is never less than what holds."""
    percent = gap * 100
    if percent <= 0:
        return "0 %"
    decimals = min(4, max(0, 1 - math.floor(math.log10(percent))))
    # The small subtraction keeps a value that is exact in decimal (0.1) from being pushed up by its binary form.
    shown = math.ceil(percent * 10**decimals - 1e-9) / 10**decimals
    return f"{shown:.{decimals}f} %"


def seconds(value: float) -> str:
    if value < 10:
        return f"{value:.2f} s"
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.1f} min"


def hours(duration: timedelta) -> str:
    return f"{duration / timedelta(hours=1):,.1f}".removesuffix(".0") + " h"


def breaks(grid: TimeGrid, segments: Sequence[Segment]) -> str:
    """How a run in pieces is broken: ``2 pauses (5 h), 1 change of mode``; empty for a run in one piece."""
    pairs = list(pairwise(segments))
    gaps = [after.start_slot - before.end_slot for before, after in pairs if _is_pause(before, after)]
    changes = sum(after.mode != before.mode for before, after in pairs)
    said = []
    if gaps:
        said.append(f"{count(len(gaps), 'pause')} ({hours(sum(gaps) * grid.slot_duration)})")
    if changes:
        said.append(f"{changes:,} change{'' if changes == 1 else 's'} of mode")
    return ", ".join(said)


def _is_pause(before: Segment, after: Segment) -> bool:
    return after.start_slot > before.end_slot or after.pool != before.pool


def slot_time(grid: TimeGrid, slot: int) -> datetime:
    return grid.start_time + slot * grid.slot_duration


def moment(grid: TimeGrid, slot: int) -> str:
    """The start of a slot: ``Tue 3 Jun 14:00``."""
    try:
        return day_and_clock(slot_time(grid, slot))
    except OverflowError:
        return AFTER_ANY_DATE


def day_and_clock(time: datetime) -> str:
    return f"{time:%a} {time.day} {time:%b %H:%M}"


def span(grid: TimeGrid, first_slot: int, last_slot: int) -> str:
    """From the start of the first slot to the end of the last, both inclusive."""
    if first_slot <= 0 and last_slot >= grid.slot_count - 1:
        return "the whole horizon"
    try:
        start, end = slot_time(grid, first_slot), slot_time(grid, last_slot + 1)
    except OverflowError:
        return f"{moment(grid, first_slot)} to {AFTER_ANY_DATE}" if last_slot > first_slot else AFTER_ANY_DATE
    until = f"{end:%H:%M}" if end.date() == start.date() else day_and_clock(end)
    return f"{day_and_clock(start)} to {until}"


def runs(slots: Iterable[int]) -> list[tuple[int, int]]:
    """Slots as maximal runs (first, last), ascending."""
    out: list[tuple[int, int]] = []
    for slot in sorted(set(slots)):
        if out and slot == out[-1][1] + 1:
            out[-1] = (out[-1][0], slot)
        else:
            out.append((slot, slot))
    return out


def spans(grid: TimeGrid, slots: Iterable[int], shown: int = 3) -> str:
    """The longest few runs of slots in order of time, and how many more there are."""
    all_runs = runs(slots)
    longest = sorted(sorted(all_runs, key=lambda r: (r[0] - r[1], r[0]))[:shown])
    text = "; ".join(span(grid, first, last) for first, last in longest)
    left_off = len(all_runs) - len(longest)
    return f"{text}; and {left_off:,} more" if left_off else text


def names(items: Sequence[str], shown: int = 3) -> str:
    text = ", ".join(items[:shown])
    return f"{text} and {len(items) - shown:,} more" if len(items) > shown else text


def limit_name(kind: str) -> str:
    """A kind of limit within a sentence."""
    return LIMIT_NAMES[LimitKind(kind)]


def limit_label(kind: str) -> str:
    """A kind of limit at the head of a row."""
    name = limit_name(kind)
    return name[0].upper() + name[1:]


def code_label(code: str) -> str:
    """A typed code as words: ``GANG_EXCEEDS_POOL`` is ``Gang exceeds pool``."""
    return code.replace("_", " ").capitalize()


def shortfall(grid: TimeGrid, missing: Shortfall) -> str:
    """What was missing, where and when: ``400 kW of grid connection at Loughton, Tue 3 Jun 17:00 to 19:00``."""
    what = amount(missing.amount, missing.unit)
    if missing.limit == "precedence":
        return f"{what} after {missing.element}, {span(grid, missing.first_slot, missing.last_slot)}"
    if missing.limit == "time_window":
        what += " of time"
    elif missing.limit not in (LimitKind.POOL_NODES, LimitKind.POOL_PART):
        what += f" of {limit_name(missing.limit)}"
    where = f" at {missing.element}" if missing.element else ""
    return f"{what}{where}, {span(grid, missing.first_slot, missing.last_slot)}"


def place(grid: TimeGrid, assignment: Assignment) -> str:
    """An assignment in words: ``GB200x128 on kvandal-a from Tue 3 Jun 14:00``."""
    return f"{assignment.mode} on {assignment.pool} from {moment(grid, assignment.start_slot)}"


def why(grid: TimeGrid, left_out: Unplaced) -> str:
    """The nearest miss where what it lacked is shown beside it, else the message."""
    if left_out.shortfall is None or left_out.nearest_miss is None:
        return left_out.message
    return f"nearest: {place(grid, left_out.nearest_miss)}"


def quality(result: Result) -> str:
    """How good the plan can be said to be: ``proved optimal``, ``at most 0.4 % from optimal`` ..."""
    gap = result.termination.relative_gap
    if gap is None:
        return "how far from optimal is not known"
    if gap == 0:
        return "proved optimal"
    if gap <= FLOAT_BOUND_GAP and result.termination.reason is TerminationReason.OPTIMAL:
        return f"proved optimal to within {gap_percent(FLOAT_BOUND_GAP)}"
    return f"at most {gap_percent(gap)} from optimal"


def checked(result: Result) -> str:
    return "verified" if result.verified else "not verified"


def bound_standing(result: Result) -> str:
    """Who stands for the bound; empty without one."""
    if result.termination.bound_source is BoundSource.CERTIFICATE:
        return "the bound carries a certificate that anyone can check"
    if result.termination.bound_source is BoundSource.ENGINE:
        return f"the bound is the word of the engine {result.engine}"
    return ""


def answer(problem: Problem, result: Result) -> str:
    """What came out, in a few words and without a full stop."""
    termination = result.termination
    if termination.reason is TerminationReason.INFEASIBLE:
        return "The mandatory jobs cannot all run"
    if termination.objective_micros is None:
        return "No plan was found before the search stopped; nothing is proved"
    placed, total = len(result.placements), len(problem.jobs)
    verb = "runs" if placed == 1 else "run"
    jobs = f"All {total:,} jobs run" if placed == total > 1 else f"{placed:,} of {count(total, 'job')} {verb}"
    return f"{jobs}, for {money_short(termination.objective_micros, problem.currency)}"


def headline(problem: Problem, result: Result) -> str:
    """The answer in one sentence, with how good it is."""
    if result.termination.objective_micros is None:
        return f"{answer(problem, result)}."
    joint = "," if result.termination.bound_micros is not None else ";"
    return f"{answer(problem, result)}{joint} {quality(result)}."


def search_words(result: Result) -> str:
    """Who searched, for how long, and what ended it."""
    stopped = STOPPED_WORDS.get(result.termination.stopped_by)
    # a run with a work limit states no time
    took = f", {seconds(result.wall_seconds)}" if result.wall_seconds else ""
    return f"{result.engine}{took}" + (f", {stopped}" if stopped else "")
