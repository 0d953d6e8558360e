"""A moved limit is moved by exactly the amount, where and when it was asked for, and nothing else is."""

from __future__ import annotations

import pytest

from optimizer.accounting import ledger
from optimizer.errors import InvalidProblemError
from optimizer.exact.problem import exact
from optimizer.explain.limit_change import WHOLE_HORIZON_KINDS, LimitChange, changed, changed_by, check_multiples
from optimizer.limits import HORIZON_KINDS, LimitKind
from optimizer.problem import Problem
from tests.conformance.problems import ALL_RULES, BUDGETS, GRID_TWO_HALLS, NODES, PROBLEMS, RESOURCES, TENANCY
from tests.fleet import hall, problem, site


def limits(of: Problem) -> dict[tuple[LimitKind, str], tuple[int, ...]]:
    """Every limit by slot, a budget as one number; a grid connection in watts at the connection."""
    inside = exact(of)
    found = {(label.kind, label.element): tuple(c) for label, c in ledger.slot_limits(inside).items()}
    found |= {(label.kind, label.element): (c,) for label, c in ledger.horizon_limits(inside).items()}
    for s in inside.sites:
        if s.import_limit_w is not None:
            found[LimitKind.GRID_IMPORT, s.name] = s.import_limit_w
    return found


CASES = [
    (name, kind, element)
    for name in ("all_rules", "budgets", "resources", "tenancy", "quota_of_model", "grid_two_halls", "liquid", "air")
    for kind, element in limits(PROBLEMS[name])
    if kind is not LimitKind.RESERVATION
]


@pytest.mark.parametrize(("name", "kind", "element"), CASES)
def test_one_limit_moves_by_the_amount_and_no_other(name: str, kind: LimitKind, element: str) -> None:
    before = PROBLEMS[name]
    last = before.time_grid.slot_count - 1
    first, until = (0, last) if kind in WHOLE_HORIZON_KINDS else (1, min(2, last))
    for amount in (1, 7, 1_001):
        change = LimitChange(kind=kind, element=element, amount=amount, first_slot=first, last_slot=until)
        old, new = limits(before), limits(changed(before, change))
        meant = (0,) if kind in HORIZON_KINDS else range(first, until + 1)
        assert new[kind, element] == tuple(v + amount if t in meant else v for t, v in enumerate(old[kind, element]))
        reserved = {key for key in old if key[0] is LimitKind.RESERVATION}
        assert all(new[key] == old[key] for key in old.keys() - reserved - {(kind, element)})


@pytest.mark.parametrize(("name", "kind", "element"), CASES)
def test_up_and_down_again_is_the_same_limit(name: str, kind: LimitKind, element: str) -> None:
    before = PROBLEMS[name]
    change = LimitChange(kind=kind, element=element, amount=333, first_slot=0, last_slot=before.time_grid.slot_count - 1)
    assert limits(changed(changed(before, change), change.times(-1))) == limits(before)


def test_digits_are_decimal_so_no_watt_is_lost() -> None:
    """0.7 + 0.1 is 0.7999... in binary."""
    of = problem(sites=(site("s", hall("h", it_power_limit_kw=(0.7,))),))
    change = LimitChange(kind=LimitKind.HALL_POWER, element="h", amount=100, first_slot=0, last_slot=3)
    assert limits(changed(of, change))[LimitKind.HALL_POWER, "h"] == (800,) * 4


def test_a_node_more_is_a_node_more_beside_reservations() -> None:
    change = LimitChange(kind=LimitKind.POOL_NODES, element="p", amount=1, first_slot=0, last_slot=3)
    old, new = limits(TENANCY), limits(changed(TENANCY, change))
    held = (LimitKind.RESERVATION, "p held for lab")
    assert new[held] == tuple(nodes + 1 for nodes in old[held])


@pytest.mark.parametrize(
    ("of", "kind", "element", "amount", "slots", "said", "field"),
    [
        (NODES, LimitKind.HALL_POWER, "hall", 1, (0, 3), "no limit hall_power of 'hall'", "element"),
        (NODES, LimitKind.POOL_NODES, "pond", 1, (0, 3), "no limit pool_nodes of 'pond'", "element"),
        (NODES, LimitKind.POOL_NODES, "pools", 1, (0, 3), "of 'pools'; did you mean 'pool'?", "element"),
        (NODES, LimitKind.POOL_NODES, "pool", -3, (0, 3), "would be -1 nodes", "amount"),
        (NODES, LimitKind.POOL_NODES, "pool", 1, (0, 4), "not within 0 to 3", "last_slot"),
        (NODES, LimitKind.POOL_NODES, "pool", 1, (2, 1), "not within 0 to 3", "last_slot"),
        (GRID_TWO_HALLS, LimitKind.GRID_IMPORT, "s", -13_001, (2, 2), "would be -0.001 kW", "amount"),
        (TENANCY, LimitKind.TENANT_QUOTA, "lab", 1, (0, 2), "one number for the whole horizon", "last_slot"),
        (BUDGETS, LimitKind.ENERGY_BUDGET, "s", 1, (1, 3), "one number for the whole horizon", "first_slot"),
        (RESOURCES, LimitKind.RESOURCE, "tape", 1, (0, 1), "no limit resource of 'tape'", "element"),
        (NODES, LimitKind.POOL_NODES, "pool", 0, (0, 3), "the amount is 0 nodes", "amount"),
        (NODES, LimitKind.POOL_NODES, "pool", 10**18 + 1, (0, 3), "it must be in [-10^18, 10^18]", "amount"),
        (NODES, LimitKind.POOL_NODES, "pool", 10**17, (0, 3), "it must be in [0, 10000000] nodes", "amount"),
        (NODES, LimitKind.POOL_NODES, "pool", 1, (-1, 3), "not within 0 to 3", "first_slot"),
        (TENANCY, LimitKind.POOL_NODES, "p", -2, (0, 3), "would break a rule: tenants[1]", "amount"),
        (ALL_RULES, LimitKind.RESERVATION, "q held for lab", 1, (0, 3), "change those", "kind"),
    ],
)
def test_what_cannot_be_moved_is_refused(
    of: Problem, kind: LimitKind, element: str, amount: int, slots: tuple[int, int], said: str, field: str
) -> None:
    change = LimitChange(kind=kind, element=element, amount=amount, first_slot=slots[0], last_slot=slots[1])
    with pytest.raises(InvalidProblemError) as caught:
        changed(of, change)
    (violation,) = caught.value.violations
    assert violation.path == f"change.{field}"
    assert said in violation.message


def test_every_multiple_is_looked_at_before_any_is_worked_on() -> None:
    less = LimitChange(kind=LimitKind.POOL_NODES, element="pool", amount=-1, first_slot=0, last_slot=3)
    one, two = changed_by(NODES, less, (1, 2))
    assert (one, two) == (changed(NODES, less), changed(NODES, less.times(2)))
    with pytest.raises(InvalidProblemError, match="would be -1"):
        changed_by(NODES, less, (1, 2, 3))


@pytest.mark.parametrize(
    ("multiples", "paths"),
    [((), ["multiples"]), ((1,) * 101, ["multiples"]), ((1, 0, 10**6), ["multiples[1]", "multiples[2]"])],
)
def test_multiples_out_of_range_are_told(multiples: tuple[int, ...], paths: list[str]) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        check_multiples(multiples)
    assert [violation.path for violation in caught.value.violations] == paths


@pytest.mark.parametrize("name", ["all_rules", "budgets", "resources", "tenancy", "grid_two_halls", "liquid", "air"])
def test_a_kind_has_the_unit_of_its_limits(name: str) -> None:
    inside = exact(PROBLEMS[name])
    for label in (*ledger.slot_limits(inside), *ledger.horizon_limits(inside)):
        assert label.unit == label.kind.unit
