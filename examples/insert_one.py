"""A job comes in while a plan runs: what would it take, is it worth it, and where does it go?

python examples/insert_one.py
"""

from __future__ import annotations

from datetime import timedelta

from optimizer import pipeline
from optimizer.generate.uk_no import generate_uk_no
from optimizer.insertion import PriceBook
from optimizer.params import SolveParams
from optimizer.problem import Job, Mode


def main() -> None:
    problem = generate_uk_no(60, 0)
    # work rather than time: the same plan and prices on any machine
    params = SolveParams(engine="price", work_limit=1_000)
    plan = pipeline.solve(problem, params)
    print(f"{len(plan.placements)} of {len(problem.jobs)} jobs run, worth {plan.terms.objective_micros / 1e6:,.0f}")

    # The book holds the prices of the plan's certificate and what the plan leaves of every limit.
    book = PriceBook(problem, plan)
    model = problem.sites[0].halls[0].pools[0].gpu_model
    mode = Mode(gpu_model=model, gpu_count=8, duration=timedelta(hours=4), it_power_kw=10.0)
    for name, value in (("poor", 50.0), ("rich", 5_000_000.0)):
        job = Job(name=name, value=value, modes=(mode,))
        quote = book.quote(job)
        if quote is None:
            print(f"{name}: nothing that pays fits beside what runs")
            continue
        worth, cost = quote.worth_micros / 1e6, quote.opportunity_cost_micros / 1e6
        print(f"{name}: worth {worth:,.2f}; the room it takes is worth {cost:,.2f} to others")
        if quote.surplus_micros > 0:
            placed = book.place(job)
            assert placed is not None
            print(f"{name} runs on {placed.assignment.pool} from slot {placed.assignment.start_slot}")

    # From time to time a warm solve makes room that a book cannot: it moves what runs.
    better = pipeline.solve(book.problem, params, initial=book.assignments, initial_certificate=plan.certificate)
    print(f"After a warm solve the plan is worth {better.terms.objective_micros / 1e6:,.0f}")


if __name__ == "__main__":
    main()
