"""The page as a whole: well-formed, self-contained, safe with hostile names, and only the sections there is something for."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from optimizer.report import render_report
from optimizer.solution import LimitUsage, Result, Termination, TerminationReason
from tests.report.samples import infeasible_result, optimal, sample_problem, sample_result

VOID = {"meta", "br", "img", "link", "input", "hr"}
HOSTILE = "</title><script>alert('x')</script>\"onload=\"x\x00&amp;"


class _Strict(HTMLParser):
    """Fails on anything not closed in order; gathers tags, attributes and visible words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(html: str) -> _Strict:
    page = _Strict()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def headings(html: str) -> list[str]:
    return [re.sub("<[^>]*>", "", found).strip() for found in re.findall(r"<h2>(.*?)</h2>", html)]


@pytest.fixture(scope="module")
def shown() -> tuple[str, Result]:
    problem = sample_problem(12)
    result = sample_result(problem)
    return render_report(problem, result), result


def test_the_page_is_well_formed(shown: tuple[str, Result]) -> None:
    page = parsed(shown[0])
    assert shown[0].startswith('<!DOCTYPE html>\n<html lang="en">')
    assert {"h1", "svg", "table", "title"} <= set(page.tags)


def test_nothing_is_fetched_and_nothing_runs(shown: tuple[str, Result]) -> None:
    page = parsed(shown[0])
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in ("src", "href") or name.startswith("on")]
    assert not re.search(r"https?:|url\(|@import", shown[0])


def test_the_answer_stands_at_the_top(shown: tuple[str, Result]) -> None:
    html, result = shown
    heading = re.search("<h1>(.*?)</h1>", html)
    assert heading is not None
    assert f"{len(result.placements)} " in heading.group(1)
    assert "at most 0.40 % from optimal" in heading.group(1)
    assert "stopped by the time limit" in html
    assert "certificate that anyone can check" in html


def test_every_placed_job_has_one_bar_that_names_it(shown: tuple[str, Result]) -> None:
    html, result = shown
    assert html.count('class="bar ') == len(result.placements) > 0
    for placement in result.placements:
        assert f"<title>{placement.job}\n" in html


def test_mandatory_and_late_jobs_are_told_apart() -> None:
    problem = sample_problem(40, nodes=16)
    result = sample_result(problem)
    html = render_report(problem, result)
    late = sum(p.terms.tardiness_cost_micros > 0 for p in result.placements)
    assert late > 0
    assert html.count('class="bar late"') == late
    mandatory = {job.name for job in problem.jobs if job.value is None}
    must = sum(p.job in mandatory and p.terms.tardiness_cost_micros == 0 for p in result.placements)
    assert html.count('class="bar must"') == must > 0


def test_a_plan_without_a_check_says_so(shown: tuple[str, Result]) -> None:
    problem = sample_problem(12)
    html = render_report(problem, replace(shown[1], verified=False))
    assert "Yes, by the independent check" not in html
    assert '<strong class="bad">No</strong>' in html


def test_proved_optimal_is_said_only_of_a_closed_gap(shown: tuple[str, Result]) -> None:
    problem = sample_problem(12)
    assert "proved optimal" not in shown[0]
    assert "proved optimal" in render_report(problem, optimal(shown[1]))


def test_sections_without_content_are_absent(shown: tuple[str, Result]) -> None:
    problem = sample_problem(12)
    bare = replace(shown[1], unplaced=(), binding_limits=())
    found = headings(render_report(problem, bare))
    assert "What was left out, and why" not in found
    assert "Limits that keep work out" not in found
    assert "Why the mandatory jobs cannot all run" not in found
    full = sample_result(sample_problem(200, nodes=8))
    assert {"What was left out, and why", "Limits that keep work out"} <= set(
        headings(render_report(sample_problem(200, nodes=8), full))
    )


def test_cooling_is_shown_only_where_there_is_a_limit() -> None:
    problem = sample_problem(40, nodes=16)
    result = sample_result(problem)
    html = render_report(problem, result)
    # Two of the three sites state a liquid limit; nobody states an air limit.
    assert html.count("iquid cooling of ") == 2
    assert "ir cooling" not in html


@pytest.mark.parametrize(("share", "charts"), [(0.49, 0), (0.51, 1)])
def test_cooling_is_a_chart_only_where_it_is_half_used(share: float, charts: int) -> None:
    problem = sample_problem(12)
    heat = LimitUsage(
        kind="liquid_cooling", element="loughton-a", unit="W", capacity=(1000,) * 48, used=(int(1000 * share),) * 48
    )
    html = render_report(problem, replace(sample_result(problem), usages=(heat,)))
    assert html.count("Heat against cooling") == charts
    assert html.count("Never half used: liquid cooling of loughton-a (49% at most)") == 1 - charts


def test_a_site_without_grid_limit_shows_it_power() -> None:
    problem = sample_problem(12)
    free = replace(problem, sites=tuple(replace(s, import_limit_kw=(), energy_price_per_mwh=()) for s in problem.sites))
    exact_free = replace(sample_result(problem), usages=())
    html = render_report(free, exact_free)
    assert "no grid limit" in html
    assert 'class="limit"' not in html
    assert 'class="price"' not in html


def test_an_infeasible_answer_is_words_and_no_charts() -> None:
    html = render_report(sample_problem(12), infeasible_result())
    page = parsed(html)
    assert "svg" not in page.tags
    assert headings(html) == ["Why the mandatory jobs cannot all run"]
    assert "must both run on Monday evening" in html
    assert "+400 kW" in html
    assert "does not help alone" in html
    assert "Verified" not in html


def test_no_plan_says_that_nothing_is_proved() -> None:
    result = Result(termination=Termination(reason=TerminationReason.NO_PLAN_FOUND), engine="highs")
    html = render_report(sample_problem(3), result)
    assert "nothing is proved" in html
    assert headings(html) == []


def test_hostile_names_stay_text() -> None:
    problem = sample_problem(12)
    result = sample_result(problem)
    spoiled = replace(
        problem,
        name=HOSTILE,
        currency=HOSTILE,
        jobs=tuple(replace(job, name=HOSTILE + job.name) for job in problem.jobs),
        sites=tuple(replace(site, region_code=HOSTILE) for site in problem.sites),
    )
    result = replace(
        result,
        engine=HOSTILE,
        engine_detail=HOSTILE,
        placements=tuple(replace(p, job=HOSTILE + p.job, mode=HOSTILE) for p in result.placements),
        binding_limits=tuple(replace(b, element=HOSTILE) for b in result.binding_limits),
        termination=replace(result.termination, detail=HOSTILE),
    )
    html = render_report(spoiled, result)
    page = parsed(html)
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "\x00" not in html
    assert "&lt;script&gt;" in html


def test_hostile_names_in_conflicts_and_reasons_stay_text() -> None:
    problem = sample_problem(200, nodes=8)
    result = sample_result(problem)
    left_out = tuple(replace(u, message=HOSTILE, blocking_jobs=(HOSTILE,)) for u in result.unplaced)
    assert left_out
    conflict = infeasible_result().conflict
    assert conflict is not None
    relaxations = tuple(replace(r, element=HOSTILE, message=HOSTILE) for r in conflict.relaxations)
    conflict = replace(conflict, jobs=(HOSTILE,), limits=(HOSTILE,), relaxations=relaxations, message=HOSTILE)
    page = parsed(render_report(problem, replace(result, unplaced=left_out, conflict=conflict)))
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_long_tables_say_how_much_they_leave_out() -> None:
    problem = sample_problem(600, nodes=4)
    result = sample_result(problem)
    assert len(result.unplaced) > 200
    html = render_report(problem, result)
    assert f"{len(result.unplaced) - 200:,} more jobs are not shown here" in html
    dearest = max(result.unplaced, key=lambda u: next(j.value or 0 for j in problem.jobs if j.name == u.job))
    assert f"<td>{dearest.job}</td>" in html


def test_a_crowded_pool_shows_its_load_instead_of_bars() -> None:
    problem = sample_problem(3000, slot_count=168, nodes=2048, narrow=True)
    result = sample_result(problem)
    assert len(result.placements) > 1800
    html = render_report(problem, result)
    assert "jobs: nodes in use" in html
    assert 'class="bar ' not in html
    assert len(html) < 1_000_000


def test_a_hundred_thousand_jobs_stay_small() -> None:
    problem = sample_problem(60, slot_count=168)
    result = sample_result(problem)
    one = result.placements[0]
    many = tuple(replace(one, job=f"job-{k}") for k in range(100_000))
    jobs = tuple(replace(problem.jobs[0], name=f"job-{k}") for k in range(100_000))
    html = render_report(replace(problem, jobs=jobs), replace(result, placements=many))
    assert len(html.encode()) < 5_000_000
    parsed(html)


def test_a_long_horizon_stays_small() -> None:
    problem = sample_problem(20, slot_count=8760)
    html = render_report(problem, sample_result(problem))
    assert len(html.encode()) < 2_000_000


def test_one_slot_is_enough() -> None:
    problem = sample_problem(0, slot_count=1)
    job_free = sample_result(problem)
    parsed(render_report(problem, job_free))


def test_the_same_result_gives_the_same_page(shown: tuple[str, Result]) -> None:
    assert render_report(sample_problem(12), shown[1]) == shown[0]


def test_the_key_names_only_what_is_drawn() -> None:
    problem = sample_problem(12)
    result = sample_result(problem)
    assert "nodes out of service" in render_report(problem, result)
    whole = replace(
        problem,
        jobs=tuple(replace(job, value=1.0) for job in problem.jobs),
        sites=tuple(
            replace(s, halls=tuple(replace(h, pools=tuple(replace(p, node_count=(64,)) for p in h.pools)) for h in s.halls))
            for s in problem.sites
        ),
    )
    html = render_report(whole, result)
    assert "runs for its value" in html
    assert "must run" not in html
    assert "nodes out of service" not in html
