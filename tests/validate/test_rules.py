"""Each rule that is no range: one change to a valid problem gives one violation, with this path and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import InvalidProblemError
from optimizer.problem import (
    AllocationGranularity,
    DataSet,
    FlexibleLoad,
    Group,
    GroupKind,
    Hall,
    Job,
    Link,
    Mode,
    PowerCap,
    Precedence,
    Problem,
    Quota,
    Reservation,
    Resource,
    ResourceUse,
    Tenant,
    TimeGrid,
)
from optimizer.validate import Reason, check, validate
from optimizer.weather import PueCurve, Quantity, TimedSeries
from tests.validate.full_problem import HOUR, SLOT_COUNT, START, edit, full_problem

FULL = full_problem()
POOL = "sites[0].halls[0].pools[0]"
NODES = "sites[1].halls[0].pools[0]"
MODES = FULL.jobs[0].modes
SIX_MORE = tuple(Tenant(name=f"t{k}", reservations=(Reservation(pool="kvandal-gb300", node_count=(1,)),)) for k in range(7))
SHORT_SERIES = TimedSeries(
    quantity=Quantity.OUTSIDE_TEMPERATURE_C, start_time=START, step_duration=HOUR, values=(4.0,) * (SLOT_COUNT - 1)
)
CYCLE = (Precedence(predecessor="mandatory", successor="train"),)

#: field to change, its new value, where the violation is expected, its reason, words of the message
RULES: list[tuple[str, Any, str, str, str]] = [
    # names
    ("name", "x" * 257, "name", "NAME_TOO_LONG", "257 characters"),
    ("sites[0].name", "", "sites[0].name", "EMPTY_NAME", "1 to 256"),
    ("sites[1].halls[0].name", "a\nb", "sites[1].halls[0].name", "CONTROL_CHARACTER", "'a\\nb'"),
    ("sites[1].halls[0].name", "\ud800", "sites[1].halls[0].name", "CONTROL_CHARACTER", "printable"),
    ("jobs[2].name", "", "jobs[2].name", "EMPTY_NAME", "name is empty"),
    ("tenants[1].name", "", "tenants[1].name", "EMPTY_NAME", ""),
    ("groups[0].name", "", "groups[0].name", "EMPTY_NAME", ""),
    ("resources[0].name", "", "resources[0].name", "EMPTY_NAME", ""),
    ("sites[0].flexible_loads[0].name", "", "sites[0].flexible_loads[0].name", "EMPTY_NAME", ""),
    (f"{POOL}.gpu_model", "H\t100", f"{POOL}.gpu_model", "CONTROL_CHARACTER", "gpu_model"),
    ("jobs[0].modes[0].name", "x" * 300, "jobs[0].modes[0].name", "NAME_TOO_LONG", "300"),
    ("sites[1].name", "Loughton", "sites[1].name", "DUPLICATE_NAME", "sites[0].name"),
    ("sites[1].halls[0].name", "loughton-1", "sites[1].halls[0].name", "DUPLICATE_NAME", "sites[0].halls[0].name"),
    ("sites[1].halls[0].pools[0].name", "loughton-h100", "sites[1].halls[0].pools[0].name", "DUPLICATE_NAME", POOL),
    ("jobs[2].name", "train", "jobs[2].name", "DUPLICATE_NAME", "jobs[0].name"),
    ("tenants[1].name", "lab", "tenants[1].name", "DUPLICATE_NAME", "tenants[0].name"),
    ("groups", FULL.groups * 2, "groups[1].name", "DUPLICATE_NAME", "groups[0].name"),
    ("resources", FULL.resources * 2, "resources[1].name", "DUPLICATE_NAME", "resources[0].name"),
    (f"{POOL}.resources", (Resource(name="nvme", capacity=(1,)),) * 2, f"{POOL}.resources[1].name", "DUPLICATE_NAME", ""),
    (
        "sites[0].flexible_loads",
        (FlexibleLoad(name="a", power_kw=(1.0,), value_per_mwh=(1.0,)),) * 2,
        "sites[0].flexible_loads[1].name",
        "DUPLICATE_NAME",
        "'a'",
    ),
    # a mode's default name counts: the third is named H100x8 by what it is, or by hand
    ("jobs[0].modes", (*MODES, replace(MODES[0], cost=1.0)), "jobs[0].modes[2].name", "DUPLICATE_NAME", "'H100x8'"),
    ("jobs[0].modes[0].name", "H100x8@500W", "jobs[0].modes[1].name", "DUPLICATE_NAME", "jobs[0].modes[0].name"),
    # references
    ("jobs[0].tenant", "Lab", "jobs[0].tenant", "UNKNOWN_NAME", "did you mean 'lab'"),
    ("jobs[0].allowed_sites", ("Loughtn",), "jobs[0].allowed_sites[0]", "UNKNOWN_NAME", "did you mean 'Loughton'"),
    ("jobs[0].denied_sites", ("Oslo",), "jobs[0].denied_sites[0]", "UNKNOWN_NAME", "'Oslo' is no site"),
    ("jobs[0].data_set.sites", ("Loughton", "x"), "jobs[0].data_set.sites[1]", "UNKNOWN_NAME", "'x'"),
    ("jobs[0].modes[0].gpu_model", "h100", "jobs[0].modes[0].gpu_model", "UNKNOWN_NAME", "did you mean 'H100'"),
    ("jobs[0].modes[0].pools", ("kvandal-gb30",), "jobs[0].modes[0].pools[0]", "UNKNOWN_NAME", "kvandal-gb300"),
    ("jobs[0].modes[0].sites", ("Kvandl",), "jobs[0].modes[0].sites[0]", "UNKNOWN_NAME", "Kvandal"),
    (
        "jobs[0].modes[0].resource_uses",
        (ResourceUse(name="uplnk", amount=1),),
        "jobs[0].modes[0].resource_uses[0].name",
        "UNKNOWN_NAME",
        "did you mean 'uplink'",
    ),
    (
        "jobs[1].work_profile.throughputs[0].gpu_model",
        "B200",
        "jobs[1].work_profile.throughputs[0].gpu_model",
        "UNKNOWN_NAME",
        "GPU model",
    ),
    ("jobs[0].running.pool", "gone", "jobs[0].running.pool", "UNKNOWN_NAME", "'gone' is no pool"),
    ("jobs[0].running.mode", "H100x9", "jobs[0].running.mode", "UNKNOWN_NAME", "did you mean 'H100x8'"),
    ("jobs[1].running.mode", "GB300x8@66", "jobs[1].running.mode", "UNKNOWN_NAME", "did you mean 'GB300x8@66%'"),
    ("jobs[1].running.pool", "loughton-h100", "jobs[1].running.pool", "INCOMPATIBLE_POOL", "'GB300'"),
    ("jobs[0].running.nodes", (4, 5, 6), "jobs[0].running.nodes", "RUNNING_NODES", "takes 4 nodes of pool 'loughton-h100'"),
    ("jobs[0].running.nodes", (3, 4, 5, 6), "jobs[0].running.nodes", "RUNNING_NODES", "holds a part of a domain"),
    ("jobs[0].running.nodes", (4, 4, 5, 6), "jobs[0].running.nodes[1]", "DUPLICATE_ENTRY", "4 more than once"),
    ("jobs[0].running.nodes", (4, 5, 6, 8), "jobs[0].running.nodes[3]", "OUT_OF_RANGE", "[0, 7] nodes of the pool"),
    ("jobs[1].running.nodes", (5, 6), "jobs[1].running.nodes", "RUNNING_NODES", "takes nodes from 6 on"),
    ("tenants[0].quotas[1].site", "x", "tenants[0].quotas[1].site", "UNKNOWN_NAME", ""),
    ("tenants[0].quotas[2].gpu_model", "h100", "tenants[0].quotas[2].gpu_model", "UNKNOWN_NAME", "H100"),
    ("tenants[0].reservations[0].pool", "x", "tenants[0].reservations[0].pool", "UNKNOWN_NAME", ""),
    ("groups[0].jobs", ("train", "trian"), "groups[0].jobs[1]", "UNKNOWN_NAME", "did you mean 'train'"),
    ("precedences[1].successor", "x", "precedences[1].successor", "UNKNOWN_NAME", "is no job"),
    ("precedences[0].predecessor", "x", "precedences[0].predecessor", "UNKNOWN_NAME", "is no job"),
    ("links[0].from_site", "x", "links[0].from_site", "UNKNOWN_NAME", ""),
    ("links[0].to_site", "x", "links[0].to_site", "UNKNOWN_NAME", ""),
    # a hall of another site is no hall for this one's load
    ("sites[0].flexible_loads[0].hall", "kvandal-1", "sites[0].flexible_loads[0].hall", "UNKNOWN_NAME", "same site"),
    # lists
    ("tenants[0].quotas", (Quota(gpu_count=1), Quota(gpu_count=2)), "tenants[0].quotas[1]", "DUPLICATE_ENTRY", ""),
    (
        "tenants[0].reservations",
        (Reservation(pool="loughton-h100", node_count=(1,)),) * 2,
        "tenants[0].reservations[1]",
        "DUPLICATE_ENTRY",
        "loughton-h100",
    ),
    ("groups[0].jobs", ("train", "train"), "groups[0].jobs[1]", "DUPLICATE_ENTRY", "'train'"),
    ("precedences", FULL.precedences[:1] * 2, "precedences[1]", "DUPLICATE_ENTRY", "train"),
    ("links", FULL.links * 2, "links[1]", "DUPLICATE_ENTRY", "Kvandal"),
    (
        "jobs[0].modes[0].resource_uses",
        (ResourceUse(name="nvme", amount=1), ResourceUse(name="nvme", amount=2)),
        "jobs[0].modes[0].resource_uses[1]",
        "DUPLICATE_ENTRY",
        "'nvme'",
    ),
    ("jobs[1].work_profile.throughputs[0].gpu_model", "GB300", "jobs[1].work_profile.throughputs[1]", "DUPLICATE_ENTRY", ""),
    ("jobs[1].work_profile.widths[1].gpu_count", 8, "jobs[1].work_profile.widths[1]", "DUPLICATE_ENTRY", "8"),
    (
        "jobs[1].work_profile.power_caps",
        (PowerCap(power_share=0.66, speed_share=0.9), PowerCap(power_share=0.66, speed_share=0.8)),
        "jobs[1].work_profile.power_caps[1]",
        "DUPLICATE_ENTRY",
        "0.66",
    ),
    ("jobs[0].denied_regions", ("FR", "GB"), "jobs[0].denied_regions[1]", "ALLOWED_AND_DENIED", "'GB'"),
    ("jobs[0].denied_sites", ("Loughton",), "jobs[0].denied_sites[0]", "ALLOWED_AND_DENIED", "'Loughton'"),
    # what must not be empty
    (f"{POOL}.node_count", (), f"{POOL}.node_count", "MISSING", "[0, 10000000] nodes"),
    ("resources[0].capacity", (), "resources[0].capacity", "MISSING", "one value"),
    ("sites[0].resources[0].capacity", (), "sites[0].resources[0].capacity", "MISSING", ""),
    ("sites[0].flexible_loads[0].power_kw", (), "sites[0].flexible_loads[0].power_kw", "MISSING", "kW"),
    ("sites[0].heat_offtake.limit_kw", (), "sites[0].heat_offtake.limit_kw", "MISSING", "kW"),
    ("sites[0].import_limit_kw", (), "sites[0].import_limit_kw", "MISSING", "demand charge"),
    ("sites[0].halls[0].it_power_limit_kw", (), "sites[0].halls[0].it_power_limit_kw", "MISSING", "may be switched off"),
    ("tenants[0].reservations[0].node_count", (), "tenants[0].reservations[0].node_count", "MISSING", ""),
    ("groups[0].jobs", (), "groups[0].jobs", "MISSING", "at least one job"),
    ("jobs[0].data_set", DataSet(sites=(), size_gb=1.0), "jobs[0].data_set.sites", "MISSING", ""),
    # codes and times
    ("currency", "gbp", "currency", "INVALID_CURRENCY", "ISO 4217"),
    ("currency", "£", "currency", "INVALID_CURRENCY", "'£'"),
    ("sites[0].region_code", "UK", "sites[0].region_code", "INVALID_REGION_CODE", "the United Kingdom is GB"),
    ("sites[0].region_code", "no", "sites[0].region_code", "INVALID_REGION_CODE", "ISO 3166-1"),
    ("sites[0].region_code", "", "sites[0].region_code", "INVALID_REGION_CODE", ""),
    ("jobs[0].allowed_regions", ("GB", "NOR"), "jobs[0].allowed_regions[1]", "INVALID_REGION_CODE", "'NOR'"),
    ("jobs[0].denied_regions", ("ÅÄ",), "jobs[0].denied_regions[0]", "INVALID_REGION_CODE", ""),
    ("sites[0].time_zone", "Europe/Lundon", "sites[0].time_zone", "INVALID_TIME_ZONE", "Europe/London"),
    ("sites[0].time_zone", "../../etc/passwd", "sites[0].time_zone", "INVALID_TIME_ZONE", ""),
    ("sites[0].time_zone", "x" * 10_000, "sites[0].time_zone", "INVALID_TIME_ZONE", ""),
    ("time_grid.start_time", datetime(2026, 1, 1), "time_grid.start_time", "NAIVE_DATETIME", "+00:00"),
    ("time_grid.start_time", datetime(1, 1, 1, tzinfo=UTC), "time_grid.start_time", "OUT_OF_RANGE", "[1970, 2199]"),
    ("jobs[0].due_time", datetime(2026, 1, 1), "jobs[0].due_time", "NAIVE_DATETIME", "UTC offset"),
    ("jobs[0].due_time", datetime(9999, 1, 1, tzinfo=UTC), "jobs[0].due_time", "OUT_OF_RANGE", "9999"),
    ("jobs[0].latest_end_time", START - HOUR, "jobs[0].latest_end_time", "INVERTED_WINDOW", "earliest_start_time"),
    # ways to run
    ("jobs[2].modes", (), "jobs[2].modes", "NO_MODES", "work_profile"),
    ("jobs[2].work_profile", FULL.jobs[1].work_profile, "jobs[2].work_profile", "MODES_AND_WORK_PROFILE", "one of the two"),
    ("jobs[0].value", None, "jobs[0].modes[0].value", "MODE_VALUE_MISSING", "mandatory"),
    ("jobs[1].work_profile.gpu_hours", 1e12, "jobs[1].work_profile.gpu_hours", "OUT_OF_RANGE", "87840 h"),
    # tenancy
    ("tenants[0].reservations[0].node_count", (8,), "tenants[1].reservations[0].node_count", "RESERVATION_EXCEEDS_POOL", "1"),
    (f"{POOL}.node_count", (8,) * 23 + (2,), "tenants[1].reservations[0].node_count", "RESERVATION_EXCEEDS_POOL", "slot 23"),
    ("jobs[0].elasticity.work_step_count", 4, "jobs[0].elasticity.work_step_count", "WORK_STEPS_TOO_FEW", "at least 5"),
    ("tenants", FULL.tenants + SIX_MORE, "tenants[8].reservations[0].pool", "TOO_MANY_RESERVING_TENANTS", "at most 6"),
    # topology
    (f"{NODES}.maintenance[0].node", None, f"{NODES}.maintenance[0].node", "NODE_OR_DOMAIN", "neither is given"),
    (f"{NODES}.maintenance[0].domain", 1, f"{NODES}.maintenance[0].node", "NODE_OR_DOMAIN", "both are given"),
    (f"{NODES}.maintenance[0].end_time", START + HOUR, f"{NODES}.maintenance[0].end_time", "INVERTED_WINDOW", "takes time"),
    (f"{NODES}.maintenance[0].start_time", datetime(2026, 1, 1), f"{NODES}.maintenance[0].start_time", "NAIVE_DATETIME", ""),
    (f"{POOL}.failure_buffer_node_count", (6,), "tenants[1].reservations[0].node_count", "RESERVATION_EXCEEDS_POOL", "0 nodes"),
    # relations
    ("links[0].to_site", "Loughton", "links[0].to_site", "SELF_REFERENCE", "must differ"),
    ("precedences[1].successor", "train", "precedences[1].successor", "SELF_REFERENCE", "must differ"),
    ("precedences", FULL.precedences + CYCLE, "precedences[2]", "PRECEDENCE_CYCLE", "cycle of 2"),
    ("jobs[2].priority_tier", 1, "jobs[2].priority_tier", "TIER_OF_MANDATORY_JOB", "is of the first"),
    ("precedences[1].predecessor", "profiled", "precedences[1].predecessor", "PREDECESSOR_IN_LATER_TIER", "later tier"),
    ("groups[0].jobs", ("train", "profiled"), "groups[0].jobs[0]", "GROUP_MOVES", "must be false"),
    ("sites[0].pue_curve", PueCurve(chiller_temperature_c=20.0), "sites[0].pue_curve", "GIVEN_TWICE", "one of the two"),
    ("sites[1].timed_series", (SHORT_SERIES,), "sites[1].timed_series[0].values", "HORIZON_NOT_COVERED", "must cover"),
    # lengths
    ("sites[0].pue", (1.2,) * 7, "sites[0].pue", "WRONG_SERIES_LENGTH", "7 values (7 h); it must have 1 or 24 (24 h"),
    (f"{POOL}.node_count", (8,) * 23, f"{POOL}.node_count", "WRONG_SERIES_LENGTH", "23 values"),
    ("resources[0].capacity", (1, 2), "resources[0].capacity", "WRONG_SERIES_LENGTH", "consumable"),
    ("tenants[0].reservations[0].node_count", (1, 1), "tenants[0].reservations[0].node_count", "WRONG_SERIES_LENGTH", ""),
    # 64 bits
    ("sites[0].energy_budget_mwh", 1e9, "sites[0].energy_budget_mwh", "BUDGET_OVERFLOW", "must be below 4.6"),
    ("sites[0].carbon_budget_kg", 1e12, "sites[0].carbon_budget_kg", "BUDGET_OVERFLOW", "64-bit"),
]


def test_the_full_problem_is_valid() -> None:
    assert validate(FULL) == ()
    check(FULL)


@pytest.mark.parametrize(("field", "value", "path", "reason", "words"), RULES)
def test_rule(field: str, value: Any, path: str, reason: str, words: str) -> None:
    violations = [v for v in validate(edit(FULL, field, value)) if (v.path, v.reason) == (path, reason)]
    assert len(violations) == 1
    assert words in violations[0].message
    assert path.rpartition(".")[2].partition("[")[0] in violations[0].message or "cycle" in words or "ALLOWED" in reason


def test_a_node_is_held_by_one_running_job() -> None:
    held = edit(FULL, "jobs[0].running.nodes", (4, 5, 6, 7))
    assert validate(held) == ()
    twin = replace(held.jobs[0], name="twin")
    both = validate(replace(held, jobs=(*held.jobs, twin)))
    assert [(v.path, v.reason) for v in both] == [(f"jobs[{len(FULL.jobs)}].running.nodes", "RUNNING_NODES")]
    assert "job 'train' holds already" in both[0].message


def test_every_reason_has_a_test() -> None:
    tested_elsewhere = {"NO_DOMAIN", "NOT_FINITE", "NOT_WHOLE_SECONDS", "COST_OVERFLOW", "VALUE_OVERFLOW", "TOO_LARGE"}
    assert {reason for *_, reason, _ in RULES} | tested_elsewhere == set(Reason)


def test_every_reason_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "validation.md").read_text(encoding="utf-8")
    documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `") and line.split("`")[1].isupper()}
    assert documented == set(Reason)


def test_all_violations_are_reported_at_once_in_document_order() -> None:
    problem = FULL
    for field, value in (
        ("currency", "pounds"),
        ("sites[0].region_code", "UK"),
        ("sites[0].pue", (0.9,)),
        ("jobs[0].modes[0].it_power_kw", -1.0),
        ("jobs[0].modes[0].cost", float("nan")),
        ("jobs[1].tenant", "nobody"),
        ("links[0].throughput_gb_per_hour", 0.0),
    ):
        problem = edit(problem, field, value)
    assert [(v.path, v.reason) for v in validate(problem)] == [
        ("currency", "INVALID_CURRENCY"),
        ("sites[0].region_code", "INVALID_REGION_CODE"),
        ("sites[0].pue[0]", "OUT_OF_RANGE"),
        ("jobs[0].modes[0].it_power_kw", "OUT_OF_RANGE"),
        ("jobs[0].modes[0].cost", "NOT_FINITE"),
        ("jobs[1].tenant", "UNKNOWN_NAME"),
        ("links[0].throughput_gb_per_hour", "OUT_OF_RANGE"),
    ]
    with pytest.raises(InvalidProblemError) as raised:
        check(problem)
    assert raised.value.violations == validate(problem)


def test_a_group_of_one_domain_may_run_only_where_domains_have_nodes() -> None:
    group = (Group(name="g", kind=GroupKind.SAME_DOMAIN, jobs=("mandatory",)),)
    assert validate(edit(FULL, "groups", group)) == ()
    bare = (replace(FULL.sites[1].halls[0].pools[0], nodes_per_domain=1, whole_domain_count=0, maintenance=()),)
    (found,) = validate(edit(edit(FULL, "groups", group), "sites[1].halls[0].pools", bare))
    assert (found.path, found.reason) == ("groups[0].jobs[0]", "NO_DOMAIN")
    assert "at least 2" in found.message


def test_a_running_job_of_whole_domains_runs_where_there_are_some() -> None:
    asks = edit(FULL, "jobs[0].modes[1].allocation_granularity", AllocationGranularity.DOMAIN)
    assert validate(asks) == ()
    nodes = edit(asks, f"{POOL}.allocation_granularity", AllocationGranularity.NODE)
    assert [(v.path, v.reason) for v in validate(nodes)] == [("jobs[0].running.pool", "INCOMPATIBLE_POOL")]
    assert validate(edit(nodes, f"{POOL}.whole_domain_count", 1)) == ()


def test_a_wrong_grid_hides_nothing_else() -> None:
    problem = edit(edit(FULL, "time_grid.slot_count", -3), "currency", "")
    assert {v.path for v in validate(problem)} == {"time_grid.slot_count", "currency"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # shorter than every mode: an unplaced job with a reason, not a wrong input
        ("jobs[0].latest_end_time", START),
        ("jobs[0].latest_end_time", START + HOUR),
        # late whatever happens, or due in the past
        ("jobs[0].due_time", START - 100 * HOUR),
        ("jobs[0].earliest_start_time", datetime(2026, 10, 24, 13, tzinfo=timezone(timedelta(hours=1)))),
        ("jobs", ()),
        ("sites[1].import_limit_kw", ()),
        ("sites[0].import_limit_kw", (0.0,)),
        ("jobs[0].allowed_regions", ("SE", "ZZ")),
        ("jobs[0].modes[0].gpu_model", ""),
        ("name", "Ålesund / \u30c6\u30b9\u30c8"),
        ("currency", "EUR"),
    ],
)
def test_allowed(field: str, value: Any) -> None:
    problem = edit(FULL, field, value)
    if field == "jobs":
        problem = replace(problem, groups=(), precedences=())
    assert validate(problem) == ()


def test_a_fleet_without_pools_leaves_jobs_unplaced_rather_than_wrong() -> None:
    grid = TimeGrid(start_time=START, slot_count=1)
    assert validate(Problem(time_grid=grid)) == ()
    job = Job(name="a", value=1.0, modes=(Mode(gpu_model="H100", gpu_count=8, duration=HOUR),))
    assert validate(Problem(time_grid=grid, jobs=(job,))) == ()


@pytest.mark.parametrize("length", [23, 25])
def test_series_of_a_clock_change_day_are_explained(length: int) -> None:
    """The horizon covers the end of British summer time; whoever follows local hours has one too many or too few."""
    (found,) = validate(edit(FULL, "sites[0].pue", (1.2,) * length))
    assert found.reason == "WRONG_SERIES_LENGTH"
    assert "the site's local clock (Europe/London) changes in the period" in found.message
    assert "series follow UTC slots" in found.message


def test_the_clock_is_not_blamed_where_it_does_not_change() -> None:
    july = edit(FULL, "time_grid.start_time", datetime(2026, 7, 1, tzinfo=UTC))
    wrong = validate(edit(july, "sites[0].pue", (1.2,) * 23))
    (found,) = [violation for violation in wrong if violation.path == "sites[0].pue"]
    assert "changes in the period" not in found.message
    assert "series follow UTC slots" in found.message
    (found,) = validate(edit(FULL, "sites[0].pue", (1.2,) * 12))
    assert "clock" not in found.message


def test_half_hour_slots_of_a_clock_change_day() -> None:
    problem = replace(FULL, time_grid=TimeGrid(start_time=START, slot_duration=HOUR / 2, slot_count=48))
    problem = edit(problem, "sites[1].pue", (1.1,) * 50)
    found = {v.path: v.message for v in validate(problem)}
    assert "50 values (25 h); it must have 1 or 48 (24 h in slots of 1800 s)" in found["sites[1].pue"]
    assert "UTC slots" in found["sites[1].pue"]


def test_two_cycles_and_a_long_one() -> None:
    names = [f"j{k}" for k in range(5_000)]
    jobs = tuple(Job(name=name, modes=(Mode(gpu_count=1, duration=HOUR),)) for name in names)
    chain = [Precedence(predecessor=a, successor=b) for a, b in pairwise(names)]
    problem = Problem(time_grid=TimeGrid(start_time=START, slot_count=SLOT_COUNT), jobs=jobs, precedences=tuple(chain))
    assert validate(problem) == ()
    back = (Precedence(predecessor="j9", successor="j3"), Precedence(predecessor="j4999", successor="j4000"))
    found = validate(replace(problem, precedences=(*chain, *back)))
    assert sorted(v.path for v in found) == ["precedences[4999]", "precedences[5000]"]
    assert all(v.reason == "PRECEDENCE_CYCLE" for v in found)


def test_suggestions_stay_cheap_when_everything_is_unknown() -> None:
    modes = (Mode(gpu_count=1, duration=HOUR, pools=tuple(f"pool-{k}" for k in range(5_000))),)
    found = validate(edit(FULL, "jobs[2].modes", modes))
    assert len(found) == 5_000
    assert sum("did you mean" in v.message for v in found) <= 20


def test_halls_of_one_name_at_two_sites_are_a_duplicate() -> None:
    problem = edit(FULL, "sites[1].halls", (Hall(name="new"), Hall(name="new")))
    assert ("sites[1].halls[1].name", "DUPLICATE_NAME") in {(v.path, v.reason) for v in validate(problem)}


def test_a_link_back_is_no_duplicate() -> None:
    back = Link(from_site="Kvandal", to_site="Loughton", throughput_gb_per_hour=1.0)
    assert validate(replace(FULL, links=(*FULL.links, back))) == ()


def test_of_a_horizon_of_one_slot_a_series_has_one_value() -> None:
    one_slot = edit(full_problem(), "time_grid.slot_count", 1)
    found = {violation.path: violation.message for violation in validate(edit(one_slot, "sites[0].pue", (1.2, 1.3, 1.4)))}
    assert found["sites[0].pue"] == "pue has 3 values (3 h); it must have 1 (1 h in slots of 3600 s)"
