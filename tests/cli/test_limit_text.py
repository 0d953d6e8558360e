"""Changes of a limit as they are typed."""

from __future__ import annotations

import pytest

from optimizer.cli.limit_text import UNITS, parse_change, parse_multiples
from optimizer.errors import InvalidProblemError
from optimizer.explain.limit_change import LimitChange
from optimizer.limits import LimitKind


def change(kind: LimitKind, element: str, amount: int, first: int = 0, last: int = 47) -> LimitChange:
    return LimitChange(kind=kind, element=element, amount=amount, first_slot=first, last_slot=last)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("grid_import:loughton:+1MW", change(LimitKind.GRID_IMPORT, "loughton", 1_000_000)),
        ("grid_import:loughton:1.5 kW:17-19", change(LimitKind.GRID_IMPORT, "loughton", 1_500, 17, 19)),
        ("hall_power:h:-250:5", change(LimitKind.HALL_POWER, "h", -250, 5, 5)),
        ("pool_nodes:p:+2", change(LimitKind.POOL_NODES, "p", 2)),
        ("pool_nodes:p:+1node:0-0", change(LimitKind.POOL_NODES, "p", 1, 0, 0)),
        ("tenant_quota:lab@s:+16GPUs", change(LimitKind.TENANT_QUOTA, "lab@s", 16)),
        ("resource:p/tape:+3", change(LimitKind.RESOURCE, "p/tape", 3)),
        ("energy_budget:s:+0.5MWh", change(LimitKind.ENERGY_BUDGET, "s", 500_000)),
        ("carbon_budget:s:-2kg", change(LimitKind.CARBON_BUDGET, "s", -2_000_000)),
        ("resource:a:b:c:+3:1-2", change(LimitKind.RESOURCE, "a:b:c", 3, 1, 2)),
        ("resource:a:7:+3", change(LimitKind.RESOURCE, "a:7", 3)),
        ("consumable:tape:1:2", change(LimitKind.CONSUMABLE, "tape", 1, 2, 2)),
    ],
)
def test_what_is_typed_is_what_is_meant(words: str, meant: LimitChange) -> None:
    assert parse_change(words, 48) == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "is not KIND:ELEMENT:AMOUNT"),
        ("grid_import", "is not KIND:ELEMENT:AMOUNT"),
        ("grid_import:loughton", "is not KIND:ELEMENT:AMOUNT"),
        ("grid_imports:loughton:+1MW", "did you mean 'grid_import'"),
        ("grid_import:loughton:+1GPU", "is not counted in 'GPU' (one of W, kW, MW)"),
        ("grid_import:loughton:much", "is no amount"),
        ("grid_import:loughton:+1e3", "is no amount"),
        ("grid_import:loughton:", "is no amount"),
        ("grid_import:loughton:0", "other than 0"),
        ("pool_nodes:p:1.5", "a whole number of nodes"),
        ("hall_power:h:0.0001kW", "a whole number of W"),
        ("grid_import:loughton:+1MW:17-", "is no amount"),
        ("grid_import:loughton:+١MW", "is no amount"),
    ],
)
def test_what_cannot_be_read_is_told(words: str, said: str) -> None:
    with pytest.raises(InvalidProblemError) as caught:
        parse_change(words, 48)
    (violation,) = caught.value.violations
    assert violation.path == "CHANGE"
    assert said in violation.message


def test_every_kind_of_limit_has_units_and_a_bare_number_means_its_own() -> None:
    assert set(UNITS) == set(LimitKind)
    assert all(next(iter(units.values())) == 1 for units in UNITS.values())


def test_multiples_are_whole_numbers_from_one_on() -> None:
    assert parse_multiples("1") == (1,)
    assert parse_multiples("1,2,10") == (1, 2, 10)
    for words in ("", "0", "1,", "-1", "1.5", "1, 2", "a", "10000000"):
        with pytest.raises(InvalidProblemError):
            parse_multiples(words)
