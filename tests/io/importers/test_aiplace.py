"""The aiplace/1 reader maps without loss: caps, prices, modes, windows; the objective is the file's own sum."""

from __future__ import annotations

import copy
import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from optimizer.columns.candidates import candidates
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.io.importers import import_problem
from optimizer.solution import Assignment
from optimizer.validate import validate
from optimizer.verify.plan import verify

HOURS = 4
DOCUMENT: dict[str, Any] = {
    "format": "aiplace/1",
    "horizon": HOURS,
    "slot_hours": 1,
    "sites": [
        {"name": "uk", "country": "UK", "pue": 1.25, "power_kw": [20, 20, 9, 20], "price": [96_738, -92_912, 81_089, 1]},
        {"name": "no", "country": "NO", "pue": 1.07, "power_kw": [30] * 4, "price": [7] * 4},
    ],
    "halls": [
        {"name": "no-h", "site": 1, "power_kw": [25] * 4, "liquid_kw": [20] * 4, "air_kw": [9] * 4},
        {"name": "uk-h", "site": 0, "power_kw": [18] * 4, "liquid_kw": [12, 12, 12, 4], "air_kw": [6] * 4},
    ],
    "pools": [
        {"name": "uk-p", "hall": 1, "node_type": "h200x8", "nodes": [2, 2, 1, 2]},
        {"name": "no-p", "hall": 0, "node_type": "b200x8", "nodes": [3] * 4},
    ],
    "jobs": [
        {
            "name": "a",
            "release": 0,
            "deadline": 3,
            "modes": [
                {"pool": 0, "nodes": 1, "hours": 2, "kw": 9, "liquid_kw": 5, "air_kw": 4, "value": 1_234_567},
                {"pool": 1, "nodes": 3, "hours": 1, "kw": 25, "liquid_kw": 19, "air_kw": 6, "value": 2_000_001},
            ],
        },
        {
            "name": "b",
            "release": 1,
            "deadline": 4,
            "modes": [{"pool": 0, "nodes": 2, "hours": 1, "kw": 18, "liquid_kw": 12, "air_kw": 6, "value": -5}],
        },
        {"name": "never", "release": 0, "deadline": 4, "modes": []},
    ],
}


def imported(tmp_path, document=DOCUMENT):
    path = tmp_path / "x.json.gz"
    path.write_bytes(gzip.compress(json.dumps(document).encode()))
    return import_problem("aiplace", path)


def test_the_problem_is_valid_and_keeps_every_number(tmp_path):
    problem = imported(tmp_path)
    assert validate(problem) == ()
    uk, no = problem.sites
    assert (uk.region_code, no.region_code) == ("GB", "NO")
    assert uk.import_limit_kw == (20, 20, 9, 20)
    assert uk.pue == ()  # the cap and the price are stated for IT power already
    assert uk.energy_price_per_mwh == (96.738, -92.912, 81.089, 0.001)
    assert [hall.name for hall in uk.halls] == ["uk-h"]
    assert uk.halls[0].liquid_cooling_limit_kw == (12, 12, 12, 4)
    assert uk.halls[0].pools[0].node_count == (2, 2, 1, 2)
    assert uk.halls[0].pools[0].gpu_model == "h200x8"
    a, b = problem.jobs
    assert [mode.pools for mode in a.modes] == [("uk-p",), ("no-p",)]
    assert [(m.gpu_count, m.it_power_kw, m.liquid_heat_kw, m.air_heat_kw) for m in a.modes] == [(1, 9, 5, 4), (3, 25, 19, 6)]
    assert a.modes[0].value == 1.234567
    assert b.earliest_start_time - problem.time_grid.start_time == timedelta(hours=1)


def test_the_objective_of_a_plan_is_the_sum_the_format_defines(tmp_path):
    problem = exact(imported(tmp_path))
    plan = [
        Assignment(job="a", mode="mode-0", pool="uk-p", start_slot=0),
        Assignment(job="b", mode="mode-0", pool="uk-p", start_slot=1),
    ]
    # alone each: hour 1 would need 3 nodes of 2
    assert verify(problem, plan).violations
    assert verify(problem, plan[:1]).terms.objective_micros == 1_234_567 - 9 * (96_738 - 92_912)
    assert verify(problem, plan[1:]).terms.objective_micros == -5 + 18 * 92_912


def test_admissible_starts_are_those_of_the_format(tmp_path):
    columns = candidates(exact(imported(tmp_path))).columns
    starts = {
        (int(columns.job[w]), int(columns.mode[w]), start)
        for w in range(columns.window_count)
        for start in range(int(columns.start_first[w]), int(columns.start_last[w]) + 1)
    }
    # job a in the UK ends by 3; hour 2 has 9 kW and one node. Job b needs 2 nodes, 18 kW and 12 kW of liquid: hour 1 only.
    assert starts == {(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 1, 2), (1, 0, 1)}


def changed(path: list[str | int], value: object) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    target: Any = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["format"], "aiplace/2", "format"),
        (["slot_hours"], 2, "slot_hours"),
        (["horizon"], 0, "horizon"),
        (["horizon"], 5, "pools[0].nodes"),
        (["sites"], {}, "sites"),
        (["sites", 0], 3, "sites[0]"),
        (["sites", 0, "name"], 3, "sites[0].name"),
        (["sites", 1, "price"], [1, 2, 3, 4.5], "sites[1].price[3]"),
        (["halls", 1, "site"], 2, "halls[1].site"),
        (["pools", 0, "hall"], -1, "pools[0].hall"),
        (["pools", 0, "nodes"], [1, 1, -1, 1], "pools[0].nodes[2]"),
        (["jobs", 0, "deadline"], 5, "jobs[0].deadline"),
        (["jobs", 1, "deadline"], 0, "jobs[1].deadline"),
        (["jobs", 0, "modes", 1, "pool"], 2, "jobs[0].modes[1].pool"),
        (["jobs", 0, "modes", 1, "kw"], True, "jobs[0].modes[1].kw"),
        (["jobs", 0, "modes", 1, "kw"], 10**400, "jobs[0].modes[1].kw"),
        (["jobs", 0, "modes", 0, "value"], -(10**400), "jobs[0].modes[0].value"),
        (["jobs", 0, "modes", 1, "hours"], 0, "jobs[0].modes[1].hours"),
    ],
)
def test_a_malformed_field_is_refused_with_its_path(tmp_path, path, value, where):
    with pytest.raises(InvalidProblemError) as refused:
        imported(tmp_path, changed(path, value))
    assert refused.value.violations[0].path.endswith(f"x.json.gz: {where}")


def test_a_missing_field_is_refused_with_its_path(tmp_path):
    document = copy.deepcopy(DOCUMENT)
    del document["jobs"][0]["modes"][0]["value"]
    with pytest.raises(InvalidProblemError, match=r"jobs\[0\]\.modes\[0\]\.value: the field is missing"):
        imported(tmp_path, document)
