"""Inserting one job: what is placed stays feasible, quotes are the best that fits, and nothing changes without a place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.links import links_problem
from optimizer import pipeline
from optimizer.admission import AdmissionOutcome, AdmissionPolicy, PricedPlan
from optimizer.columns.candidates import candidates
from optimizer.engines.price.plans.schedule import Plan
from optimizer.engines.price.tables import build_tables
from optimizer.errors import InvalidProblemError, VerificationError
from optimizer.exact.problem import exact
from optimizer.generate.uk_no import generate_uk_no
from optimizer.insertion import NoPricesError, PriceBook
from optimizer.params import SolveParams
from optimizer.problem import Job, Problem
from optimizer.solution import Result
from optimizer.verify.plan import verify
from tests import fleet
from tests.profiles import examples

WORK = SolveParams(engine="price", work_limit=20_000, thread_count=1)


def solved(problem: Problem) -> Result:
    return pipeline.solve(problem, WORK)


@examples(8)
@given(seed=st.integers(0, 10_000), job_count=st.integers(20, 60))
def test_every_placement_passes_verification(seed: int, job_count: int) -> None:
    whole = generate_uk_no(job_count, seed)
    known = replace(whole, jobs=whole.jobs[: job_count // 2])
    result = solved(known)
    book = PriceBook(known, result)
    quotes = [book.place(job) for job in whole.jobs[job_count // 2 :]]
    checked = verify(exact(book.problem), book.assignments)
    assert checked.feasible, checked.violations
    gained = sum(quote.worth_micros for quote in quotes if quote is not None)
    assert checked.objective_micros == result.terms.objective_micros + gained
    assert len(checked.placements) == len(result.placements) + sum(quote is not None for quote in quotes)


def test_a_quote_is_the_best_column_that_fits() -> None:
    whole = generate_uk_no(40, 3)
    known = replace(whole, jobs=whole.jobs[:30])
    result = solved(known)
    book = PriceBook(known, result)
    found = candidates(exact(whole))
    taken = found.selection(placement.assignment for placement in result.placements)
    for job in range(30, 40):
        plan = Plan.of(build_tables(found.columns), taken)
        quote = book.quote(whole.jobs[job])
        worths = []
        for window in range(int(found.columns.job_first[job]), int(found.columns.job_first[job + 1])):
            for start, worth in enumerate(found.columns.worth(window), int(found.columns.start_first[window])):
                try:
                    Plan.of(plan.tables, _with(taken, job, window, start))
                except ValueError:
                    continue
                worths.append(int(worth))
        if quote is None:
            assert all(worth <= 0 for worth in worths)
        else:
            assert quote.worth_micros in worths
            assert quote.opportunity_cost_micros >= 0


def _with(selection, job, window, start):
    changed = type(selection)(selection.window.copy(), selection.start.copy())
    changed.window[job], changed.start[job] = window, start
    return changed


def one_node_taken_until(hour: int) -> tuple[Problem, Result]:
    """A pool of one node, busy until ``hour`` of 6 by a job of high value; another job pays for the hours after."""
    site = fleet.site("site", fleet.hall("hall", fleet.pool(node_count=(1,))))
    busy = fleet.job("busy", fleet.mode(duration_hours=hour), value=1e6, latest_end_time=fleet.at(hour))
    problem = fleet.problem(busy, sites=(site,), slot_count=6)
    return problem, solved(problem)


def test_a_job_goes_where_there_is_room() -> None:
    book = PriceBook(*one_node_taken_until(4))
    quote = book.quote(fleet.job("new", fleet.mode(duration_hours=2)))
    assert quote is not None
    assert quote.assignment.start_slot == 4
    assert quote.surplus_micros == quote.worth_micros - quote.opportunity_cost_micros


def test_a_quote_changes_nothing_and_a_place_takes_the_room() -> None:
    book = PriceBook(*one_node_taken_until(4))
    job = fleet.job("new", fleet.mode(duration_hours=2))
    first = book.quote(job)
    assert book.quote(job) == first
    assert book.place(job) == first
    assert book.quote(fleet.job("next", fleet.mode(duration_hours=1))) is None
    assert [assignment.job for assignment in book.assignments] == ["busy", "new"]


def test_what_fits_nowhere_gets_no_quote() -> None:
    book = PriceBook(*one_node_taken_until(4))
    assert book.quote(fleet.job("long", fleet.mode(duration_hours=3))) is None
    assert book.quote(fleet.job("wide", fleet.mode(gpu_count=16))) is None
    assert book.place(fleet.job("wide", fleet.mode(gpu_count=16))) is None
    assert book.problem == one_node_taken_until(4)[0]


def contested() -> tuple[Problem, Result]:
    """Three jobs wanted two hours of one node: prices say what an hour is worth. None of them runs any more."""
    site = fleet.site("site", fleet.hall("hall", fleet.pool(node_count=(1,))))
    jobs = [fleet.job(f"j{n}", fleet.mode(), value=100.0 + n, latest_end_time=fleet.at(2)) for n in range(3)]
    problem = fleet.problem(*jobs, sites=(site,), slot_count=2)
    return problem, replace(solved(problem), placements=())


def test_use_of_a_priced_limit_costs() -> None:
    quote = PriceBook(*contested()).quote(fleet.job("cheap", fleet.mode(), value=50.0))
    assert quote is not None
    assert quote.opportunity_cost_micros > 90_000_000
    assert quote.surplus_micros < 0


def test_a_pool_that_no_job_could_use_before_has_the_prices_of_its_site() -> None:
    dear = fleet.site("dear", fleet.hall("h1", fleet.pool("p1")), energy_price_per_mwh=(100.0,))
    cheap = fleet.site("cheap", fleet.hall("h2", fleet.pool("p2", gpu_model="GB200")), energy_price_per_mwh=(7.0,))
    known = fleet.problem(fleet.job(), sites=(dear, cheap))
    quote = PriceBook(known, solved(known)).quote(fleet.job("new", fleet.mode(gpu_model="GB200")))
    assert quote is not None
    assert quote.assignment.pool == "p2"
    # 10 kWh at 7 a MWh
    assert quote.worth_micros == 100_000_000 - 70_000


def test_mandatory_jobs_are_quoted_even_at_a_loss() -> None:
    book = PriceBook(*one_node_taken_until(4))
    must = fleet.job("must", fleet.mode(duration_hours=1, cost=7.0), value=None)
    quote = book.place(must)
    assert quote is not None
    assert quote.worth_micros == -7_000_000


def test_a_job_is_held_to_the_rules() -> None:
    book = PriceBook(*one_node_taken_until(4))
    with pytest.raises(InvalidProblemError, match="DUPLICATE_NAME"):
        book.quote(fleet.job("busy"))
    with pytest.raises(InvalidProblemError, match=r"job\.modes\[0\]"):
        book.quote(fleet.job("odd", fleet.mode(gpu_count=-1)))
    assert book.place(fleet.job("twice", fleet.mode(duration_hours=1))) is not None
    with pytest.raises(InvalidProblemError, match="DUPLICATE_NAME"):
        book.place(fleet.job("twice"))


def test_a_book_needs_prices_and_a_plan_that_holds() -> None:
    problem, result = one_node_taken_until(4)
    with pytest.raises(NoPricesError):
        PriceBook(problem, replace(result, certificate=None))
    late = replace(result, placements=tuple(replace(p, start_slot=3) for p in result.placements))
    with pytest.raises(VerificationError):
        PriceBook(problem, late)


def test_prices_of_strangers_are_read_or_refused() -> None:
    problem, result = contested()
    certificate = result.certificate
    assert certificate is not None
    for bits in (-1, 63, 2**31 - 1):
        with pytest.raises(InvalidProblemError, match=r"certificate\.unit_bits: it is .*; it must be in \[0, 62\]"):
            PriceBook(problem, PricedPlan((), replace(certificate, unit_bits=bits)))
    dear = tuple(replace(each, price=tuple(2**63 - 1 for _ in each.price)) for each in certificate.slot_prices)
    assert dear
    quote = PriceBook(problem, PricedPlan((), replace(certificate, unit_bits=0, slot_prices=dear))).quote(fleet.job("new"))
    assert quote is not None
    assert quote.opportunity_cost_micros == 2**62


def test_a_job_beside_a_full_link_waits_or_takes_the_dearer_way() -> None:
    instance = links_problem()
    book = PriceBook(instance, pipeline.solve(instance, SolveParams(engine="price", work_limit=2_000, thread_count=1)))
    speech = next(each for each in instance.jobs if each.name == "speech")
    short = replace(speech, value=900.0, modes=tuple(replace(each, duration=fleet.hours(1)) for each in speech.modes))
    quotes = [book.place(replace(short, name=f"more {number}")) for number in range(3)]
    # the link has room for one more; what comes after it finds none, at any value
    assert quotes[0] is not None
    assert quotes[-1] is None
    assert verify(exact(book.problem), book.assignments).violations == ()


def outcome(book: PriceBook, job: Job, policy: AdmissionPolicy) -> AdmissionOutcome:
    return book.admit(job, policy).outcome


def test_a_job_is_admitted_as_the_policy_says() -> None:
    problem, result = one_node_taken_until(4)
    book = PriceBook(problem, PricedPlan.of(result))
    job = fleet.job("new", fleet.mode(duration_hours=1))
    quoted = book.admit(job, AdmissionPolicy.QUOTE_ONLY)
    assert quoted.outcome is AdmissionOutcome.QUOTED
    quote = book.quote(job)
    assert quote is not None
    assert (quoted.worth_micros, quoted.opportunity_cost_micros) == (quote.worth_micros, quote.opportunity_cost_micros)
    assert quoted.surplus_micros == quote.surplus_micros
    assert book.objective_micros == result.terms.objective_micros
    placed = book.admit(job, AdmissionPolicy.PLACE_WITH_SURPLUS)
    assert placed.outcome is AdmissionOutcome.PLACED
    assert placed.placement == verify(exact(book.problem), book.assignments).placements[-1]
    assert book.objective_micros == result.terms.objective_micros + quote.worth_micros


def test_why_a_job_is_not_placed() -> None:
    book = PriceBook(*one_node_taken_until(4))
    anywhere = AdmissionPolicy.PLACE_WHERE_IT_FITS
    before = book.objective_micros
    assert outcome(book, fleet.job("long", fleet.mode(duration_hours=3)), anywhere) is AdmissionOutcome.NOTHING_FITS
    dear = fleet.job("dear", fleet.mode(duration_hours=1, cost=7.0), value=5.0)
    assert outcome(book, dear, anywhere) is AdmissionOutcome.WORTH_LESS_THAN_COST
    assert (
        outcome(book, replace(dear, name="long", modes=(fleet.mode(duration_hours=3),)), anywhere)
        is AdmissionOutcome.NOTHING_FITS
    )
    wrong = book.admit(fleet.job("busy"), anywhere)
    assert wrong.outcome is AdmissionOutcome.INVALID
    assert [(each.path, each.reason) for each in wrong.violations] == [("job.name", "DUPLICATE_NAME")]
    must = fleet.job("must", fleet.mode(duration_hours=3), value=None)
    assert outcome(book, must, anywhere) is AdmissionOutcome.NOTHING_FITS
    assert book.objective_micros == before
    assert [assignment.job for assignment in book.assignments] == ["busy"]


def test_who_has_no_surplus_is_placed_only_where_that_is_asked_for() -> None:
    book = PriceBook(*contested())
    cheap = fleet.job("cheap", fleet.mode(duration_hours=1), value=1.0)
    refused = book.admit(cheap, AdmissionPolicy.PLACE_WITH_SURPLUS)
    assert refused.outcome is AdmissionOutcome.NO_SURPLUS
    assert refused.placement is not None
    assert refused.surplus_micros is not None
    assert refused.surplus_micros < 0
    assert book.assignments == ()
    assert outcome(book, replace(cheap, name="must", value=None), AdmissionPolicy.PLACE_WITH_SURPLUS) is AdmissionOutcome.PLACED
    assert outcome(book, cheap, AdmissionPolicy.PLACE_WHERE_IT_FITS) is AdmissionOutcome.PLACED
    assert [assignment.job for assignment in book.assignments] == ["must", "cheap"]
