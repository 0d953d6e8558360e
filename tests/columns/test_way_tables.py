"""The table of ways says what `ExactProblem.data_ways` says of each data set, way by way."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.accounting import ledger
from optimizer.accounting.links import link_label
from optimizer.columns import way_tables
from optimizer.columns.transfers import Staging
from optimizer.columns.way_tables import FEW_DATA_SETS, MOST_SLOTS, LinkTable
from optimizer.exact.problem import ExactProblem, exact
from optimizer.problem import DataSet, Job, Link, Problem
from tests.fleet import hall, job, pool, problem, site
from tests.profiles import examples

NAMES = ("s", "u", "n")
SITES = tuple(site(name, hall(f"h{name}", pool(f"p{name}"))) for name in NAMES)
ENDS = [(origin, target) for origin in NAMES for target in NAMES if origin != target]
SIZES = st.sampled_from([0.0, 0.5, 55.5, 100.0, 12_345.0]) | st.floats(0, 1e6) | st.integers(0, 40_000).map(float)


@st.composite
def fleets(draw: st.DrawFn) -> Problem:
    links = tuple(
        Link(
            from_site=origin,
            to_site=target,
            throughput_gb_per_hour=draw(st.sampled_from([9.0, 100.0, 0.7])),
            cost_per_gb=draw(st.sampled_from([0.0, 0.01, 0.013])),
            capacity_limited=draw(st.booleans()),
        )
        for origin, target in draw(st.lists(st.sampled_from(ENDS), unique=True))
    )
    copies = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple)
    data = st.none() | st.builds(DataSet, sites=copies, size_gb=SIZES)
    jobs = [job(f"j{k}", data_set=draw(data)) for k in range(draw(st.integers(0, 6)))]
    return problem(*jobs, sites=SITES, links=links)


def tabled(fleet: ExactProblem) -> Staging:
    labels = {label: row for row, label in enumerate(ledger.slot_limits(fleet))}
    return Staging.of(fleet, LinkTable.of(fleet, labels))


@examples(150)
@given(fleets(), st.sampled_from([0, FEW_DATA_SETS]))
def test_the_table_is_what_each_data_set_is_told(fleet: Problem, few: int) -> None:
    whole = exact(fleet)
    labels = list(ledger.slot_limits(whole))
    with mock.patch.object(way_tables, "FEW_DATA_SETS", few):
        staging = tabled(whole)
    most = 1
    for each in whole.jobs:
        row = staging.row(each)
        assert row == staging.row_of_job[each.index]
        for place in whole.sites:
            ways = whole.data_ways(each, place)
            most = max(most, len(ways))
            found = [
                (
                    int(staging.cost[row, place.index, k]),
                    int(slots),
                    labels[staging.limit[row, place.index, k]] if staging.limit[row, place.index, k] >= 0 else None,
                    int(staging.rate[row, place.index, k]),
                )
                for k, slots in enumerate(staging.slots[row, place.index])
                if slots >= 0
            ]
            assert found == [
                (
                    way.cost_micros,
                    way.slots,
                    link_label(way.from_site, way.to_site) if way.is_limited and way.slots else None,
                    way.mb_per_hour,
                )
                for way in ways
            ]
    assert staging.way_count == most


@pytest.mark.parametrize("few", [0, FEW_DATA_SETS])
def test_a_transfer_of_centuries_ends_outside_any_horizon(few: int) -> None:
    """Its slots are too many for 32 bits; as they are counted, no start is early enough."""
    slow = Link(from_site="s", to_site="n", throughput_gb_per_hour=1e-6)
    there: Job = job("j", data_set=DataSet(sites=("s",), size_gb=1e9))
    with mock.patch.object(way_tables, "FEW_DATA_SETS", few):
        staging = tabled(exact(problem(there, sites=SITES, links=(slow,))))
    assert staging.slots[0, 2].tolist() == [MOST_SLOTS]
    assert np.int32(MOST_SLOTS) == MOST_SLOTS
