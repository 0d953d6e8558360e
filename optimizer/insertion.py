"""One more job against the prices of a plan: what it would take, what that is worth to others, and the place itself.

The book holds prices from the plan's certificate and what the plan leaves of every limit, exactly. A quote is the best column
that fits as things stand, by worth less priced use; nothing that runs is moved. That takes well under a millisecond, so jobs
can be admitted as they come; a solve from time to time makes room that a book cannot. A job that may run in pieces is placed in
one. It is in no group and waits for nobody, and it displaces nobody, so ties and tiers of the others stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer import validate
from optimizer.accounting.ledger import place as placement_of
from optimizer.accounting.runs import look_up
from optimizer.accounting.usage import usage
from optimizer.admission import Admission, AdmissionOutcome, AdmissionPolicy, PricedPlan
from optimizer.admission import NoPricesError as NoPricesError
from optimizer.certificates import Certificate
from optimizer.columns.candidates import ColumnCutter
from optimizer.columns.table import Columns, IntArray
from optimizer.errors import InvalidProblemError, VerificationError, Violation
from optimizer.exact.jobs import exact_jobs
from optimizer.exact.problem import ExactJob, ExactProblem, exact
from optimizer.features import JOB_FEATURES, LIMIT_FEATURES, LINK_FEATURES, TIE_FEATURES, Feature, require
from optimizer.memory import collection_paused
from optimizer.problem import Job, Problem
from optimizer.solution import Assignment, Result
from optimizer.verify.bound import MOST_UNIT_BITS
from optimizer.verify.plan import Verification, verify

#: What a problem may ask for: whatever a job may, so that one more job need not be asked.
CARRIED = JOB_FEATURES | LIMIT_FEATURES | LINK_FEATURES | TIE_FEATURES | {Feature.SHARE_FLOORS}
#: Prices of strangers may be anything; more than this is not told apart, so that worth less cost stays in 64 bits.
LARGEST_COST_MICROS = 2.0**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The best column of a job that fits. ``worth_micros``: what the plan gains, with what a stop or a share floor would
    have cost without it. ``opportunity_cost_micros``: its use at current prices, the nearest micro-unit.
    """

    assignment: Assignment
    worth_micros: int
    opportunity_cost_micros: int

    @property
    def surplus_micros(self) -> int:
        """What the plan gains by it, as the prices see it; below 0, others would make more of the same room."""
        return self.worth_micros - self.opportunity_cost_micros


class PriceBook:
    """Current prices and exact residual capacity of one plan; not safe to use from several threads at once."""

    def __init__(self, problem: Problem, plan: Result | PricedPlan) -> None:
        """Takes a second for tens of thousands of jobs: the plan is verified, and what its jobs use is looked up.

        Raises:
            InvalidProblemError, UnsupportedFeatureError: as ``pipeline.solve``; the first also where nothing can be made of the
                certificate's prices. What its limits are called and whether it proves its bound is not looked at.
            NoPricesError: ``plan`` is a result without a certificate.
            VerificationError: the plan breaks a rule of ``problem``.
        """
        from optimizer.engines.price.bound.warm import guide_of
        from optimizer.engines.price.plans.schedule import BestRates
        from optimizer.engines.price.tables import unmerged_fleet

        plan = PricedPlan.of(plan) if isinstance(plan, Result) else plan
        validate.check(problem)
        require(problem, CARRIED, "a price book", "or solve anew with the jobs in it")
        _require_readable(plan.certificate)
        self._problem = problem
        self._checker = validate.AdditionChecker(problem)
        self._placed = list(plan.assignments)
        self._jobs: list[Job] = []
        with collection_paused():
            whole = exact(problem)
            self._cutter = ColumnCutter(whole)
            columns = self._cutter.columns(whole.jobs)
        self._exact = replace(whole, jobs=())
        self._pools = {pool.name: pool for pool in whole.pools}
        self._regions = {site.name: site.region_code for site in whole.sites}
        point = guide_of(columns, plan.certificate)
        self._prices, self._budget_prices = point.limit, point.budget
        self._fleet_tables = unmerged_fleet(columns, self._cutter.site_of_pool)
        self._rates = BestRates.of(self._fleet_tables)
        checked = _checked(whole, self._placed)
        self._objective_micros = checked.objective_micros
        self._residual, self._budget_left, self._share_left = _left(whole, self._placed, columns, checked)

    @property
    def problem(self) -> Problem:
        """The problem with every job placed by `place`."""
        return replace(self._problem, jobs=(*self._problem.jobs, *self._jobs))

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """The plan with them: feasible for `problem`."""
        return tuple(self._placed)

    @property
    def objective_micros(self) -> int:
        """What that plan is worth."""
        return self._objective_micros

    def quote(self, job: Job) -> Quote | None:
        """Where ``job`` would go, and at what price; None where nothing fits, or nothing that is worth more than it costs.

        Raises:
            InvalidProblemError: the job breaks a rule, or its name is taken.
        """
        self._checker.check(job)
        found, columns = self._cut(job)
        return self._best(job, found, columns, lambda _: False)

    def place(self, job: Job) -> Quote | None:
        """Place ``job`` where `quote` says, whatever its surplus; None, and nothing changes, where there is no quote."""
        self._checker.check(job)
        found, columns = self._cut(job)
        return self._best(job, found, columns, lambda _: True)

    def admit(self, job: Job, policy: AdmissionPolicy) -> Admission:
        """Quote or place ``job`` as ``policy`` says, and say why where it is not placed; raises nothing for a bad job."""
        try:
            self._checker.check(job)
        except InvalidProblemError as error:
            return Admission(job=job.name, outcome=AdmissionOutcome.INVALID, violations=error.violations)
        found, columns = self._cut(job)
        quote = self._best(job, found, columns, lambda quote: _outcome(found, quote, policy) is AdmissionOutcome.PLACED)
        if quote is None:
            return Admission(job=job.name, outcome=_why_not(found, columns))
        pools = {quote.assignment.pool: self._pools[quote.assignment.pool]}
        return Admission(
            job=job.name,
            outcome=_outcome(found, quote, policy),
            placement=placement_of(self._exact, look_up({job.name: found}, pools, quote.assignment)),
            worth_micros=quote.worth_micros,
            opportunity_cost_micros=quote.opportunity_cost_micros,
        )

    def _cut(self, job: Job) -> tuple[ExactJob, Columns]:
        found = exact_jobs((job,), self._exact.time_grid, self._regions)[0]
        return found, self._cutter.columns_alone(found)

    def _best(self, job: Job, found: ExactJob, columns: Columns, keep: Callable[[Quote], bool]) -> Quote | None:
        """The quote of ``found``, with the job placed where it is to be kept."""
        from optimizer.engines.price.plans.schedule import Plan, list_schedule
        from optimizer.engines.price.tables import unmerged_tables

        if not columns.window_count:
            return None
        none = np.full(1, -1, dtype=np.int32)
        tables = unmerged_tables(columns, self._fleet_tables)
        plan = Plan(tables, self._residual, self._budget_left, none, none.copy(), share_left=self._share_left)
        list_schedule(plan, np.zeros(1, dtype=np.int32), self._prices, self._budget_prices, rates=self._rates)
        window, start = int(plan.window[0]), int(plan.start[0])
        if window < 0:
            return None
        worth = plan.objective
        assignment = Assignment(
            job=job.name,
            mode=found.modes[columns.mode[window]].name,
            pool=self._exact.pools[columns.pool[window]].name,
            start_slot=start,
            data_from=self._cutter.data_from(columns, found, window),
        )
        cost = self._opportunity_cost(columns, window, start)
        quote = Quote(assignment=assignment, worth_micros=worth, opportunity_cost_micros=cost)
        if keep(quote):
            self._keep(job, quote)
        else:
            plan.remove(0)
        return quote

    def _keep(self, job: Job, quote: Quote) -> None:
        self._checker.add(job)
        self._jobs.append(job)
        self._placed.append(quote.assignment)
        self._objective_micros += quote.worth_micros

    def _opportunity_cost(self, columns: Columns, window: int, start: int) -> int:
        limit, amount = columns.uses(window)
        end = start + int(columns.duration[window])
        cost = float((self._prices[limit, start:end].sum(axis=1) * amount).sum())
        if (lead := columns.leads.of_window(window)) is not None:
            cost += float(self._prices[lead.limit, start - lead.slots : start].sum()) * lead.amount
        cost += sum(float(self._budget_prices[budget]) * use for budget, use in columns.budget_uses(window, start))
        return round(min(cost, LARGEST_COST_MICROS))


def _outcome(job: ExactJob, quote: Quote, policy: AdmissionPolicy) -> AdmissionOutcome:
    """Of a job that fits."""
    if policy is AdmissionPolicy.QUOTE_ONLY:
        return AdmissionOutcome.QUOTED
    pays = quote.surplus_micros > 0 or job.mandatory
    if policy is AdmissionPolicy.PLACE_WITH_SURPLUS and not pays:
        return AdmissionOutcome.NO_SURPLUS
    return AdmissionOutcome.PLACED


def _why_not(job: ExactJob, columns: Columns) -> AdmissionOutcome:
    """Of a job without a quote: would it have one, were there nobody else? Of who must run nobody asks what it is worth."""
    pays = job.mandatory or any(int(columns.worth(window).max()) > 0 for window in range(columns.window_count))
    return AdmissionOutcome.NOTHING_FITS if pays or not columns.window_count else AdmissionOutcome.WORTH_LESS_THAN_COST


def _require_readable(certificate: Certificate) -> None:
    if not 0 <= certificate.unit_bits <= MOST_UNIT_BITS:
        message = f"it is {certificate.unit_bits}; it must be in [0, {MOST_UNIT_BITS}]"
        raise InvalidProblemError([Violation("certificate.unit_bits", validate.Reason.OUT_OF_RANGE, message)])


def _checked(problem: ExactProblem, plan: Sequence[Assignment]) -> Verification:
    """Raises VerificationError where ``plan`` breaks a rule."""
    checked = verify(problem, plan)
    if not checked.feasible:
        raise VerificationError(Violation(v.job or v.element, v.rule, v.message) for v in checked.violations)
    return checked


def _left(
    problem: ExactProblem, plan: Sequence[Assignment], columns: Columns, checked: Verification
) -> tuple[IntArray, IntArray, IntArray]:
    """What ``plan`` leaves of each slot limit ``[L, T]`` and budget ``[B]``, and what floors lack ``[F]``, below 0 where they
    have more than asked."""
    jobs = {job.name: job for job in problem.jobs}
    pools = {pool.name: pool for pool in problem.pools}
    used = usage(problem, [look_up(jobs, pools, item) for item in plan])
    residual, budget_left = columns.capacity.copy(), columns.budget_capacity.copy()
    for row, label in enumerate(columns.limits):
        residual[row] -= used.slot_used[label]
    for row, label in enumerate(columns.budgets):
        budget_left[row] -= used.horizon_used[label]
    placed = {share.tenant: share.placed_gpu_slots for share in checked.shares}
    share_left = columns.floors.target - np.array([placed[tenant] for tenant in columns.floors.tenant], dtype=np.int64)
    return residual, budget_left, share_left
