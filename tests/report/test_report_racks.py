"""The maps of numbered nodes by time, and the words of a binding, in the report and on the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from optimizer.binding.binder import bind
from optimizer.cli.console import Console
from optimizer.cli.node_text import print_nodes
from optimizer.exact.problem import exact
from optimizer.node_numbers import Binding
from optimizer.problem import Maintenance, Problem
from optimizer.report import render_report
from optimizer.report.racks import binding_words, racks_section, run_rows
from optimizer.solution import Assignment, Result
from tests.fleet import at, hall, job, mode, pool, problem, site
from tests.report.samples import checked_result

Wanted = tuple[tuple[str, str, int, int, int], ...]
#: (name, pool, nodes, start, slots)
SMALL: Wanted = (("a <b>", "p", 2, 0, 3), ("c", "p", 1, 3, 3))


def plan(wanted: Wanted, node_count: int, **fields: object) -> tuple[Problem, Result]:
    """The jobs bound on a pool ``p`` of domains of two nodes, unless ``fields`` say otherwise."""
    of = pool("p", (node_count,), **{"nodes_per_domain": 2, **fields})
    whole = problem(
        *(job(name, mode(8 * nodes, slots, name="m")) for name, _, nodes, _, slots in wanted),
        sites=(site("s", hall("h", of)),),
        slot_count=6,
    )
    assignments = [Assignment(job=name, mode="m", pool=where, start_slot=start) for name, where, _, start, _ in wanted]
    return whole, replace(checked_result(whole, assignments), binding=bind(exact(whole), assignments))


@pytest.fixture(scope="module")
def small() -> tuple[Problem, Result]:
    out = (Maintenance(node=3, start_time=at(2), end_time=at(4)),)
    return plan(SMALL, 4, maintenance=out, failure_buffer_node_count=(0, 0, 0, 1, 1, 1))


def binding_of(result: Result) -> Binding:
    assert result.binding is not None
    return result.binding


def test_where_nodes_are_few_each_run_is_a_block_with_its_numbers(small: tuple[Problem, Result]) -> None:
    section = racks_section(small[0], binding_of(small[1]))
    assert "<title>a &lt;b&gt;\nnodes 0-1, Mon 2 Nov 00:00 to 03:00</title>" in section
    assert "<title>in maintenance\nnode 3, Mon 2 Nov 02:00 to 04:00</title>" in section
    assert "<title>kept free for failures\nnode " in section
    assert "a <b>" not in section


def test_a_run_across_domains_is_a_block_in_each() -> None:
    section = racks_section(*_bound(plan((("wide", "p", 3, 0, 4),), 6)))
    assert section.count("<title>wide\n") == 2


def test_many_nodes_are_drawn_by_domain_and_many_domains_several_to_a_row() -> None:
    wanted = (("wide", "p", 5, 0, 4),)
    racks = racks_section(*_bound(plan(wanted, 76, nodes_per_domain=4)))
    assert "domain 0, Mon 2 Nov 00:00 to 04:00\n4 of 4 nodes held: wide" in racks
    assert "domain 1, Mon 2 Nov 00:00 to 04:00\n1 of 4 nodes held: wide" in racks
    racks = racks_section(*_bound(plan(wanted, 96)))
    assert "domains 0-1, Mon 2 Nov 00:00 to 04:00\n4 of 4 nodes held: wide" in racks
    assert "domains 2-3, Mon 2 Nov 00:00 to 04:00\n1 of 4 nodes held: wide" in racks


def _bound(planned: tuple[Problem, Result]) -> tuple[Problem, Binding]:
    return planned[0], binding_of(planned[1])


def test_words_and_rows(small: tuple[Problem, Result]) -> None:
    problem, binding = _bound(small)
    assert run_rows(problem, binding)[0] == ("a <b>", "p", "Mon 2 Nov 00:00", "Mon 2 Nov 03:00", "0-1", "0")
    assert binding_words(binding) == (
        "2 pieces of runs bound to numbered nodes; of the domains held, 50.0% are held in part, "
        "and runs lie in 0 domain-slots more than the fewest possible"
    )
    stream = io.StringIO()
    print_nodes(*small, Console(stream, stream), 1)
    assert "a <b>" in stream.getvalue()
    assert "1 more are not shown" in stream.getvalue()


def test_the_page_has_the_section_where_the_plan_is_bound(small: tuple[Problem, Result]) -> None:
    assert "Nodes by time" in render_report(*small)
    assert "Nodes by time" not in render_report(small[0], replace(small[1], binding=None))


def test_a_run_without_nodes_in_a_pool_without_any_is_listed_and_not_drawn() -> None:
    whole, result = plan((("a", "p", 0, 0, 3),), 0)
    page = racks_section(whole, binding_of(result))
    assert "<svg" not in page
    assert "Nodes of 1 piece of runs" in page
