"""The half day that uses every feature states every field of the schema, each with something else than what it has unset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from optimizer.generate.every_feature import every_feature
from optimizer.problem import Problem

#: What one problem cannot state beside the rest: it is in one currency, that of its family, and on one grid of slots.
UNSTATED = {"Problem.currency", "TimeGrid.slot_duration"}


def schema(kind: Any, known: set[Any]) -> set[Any]:
    """``kind`` and all dataclasses and enumerations that its fields hold, through tuples and options."""
    parts = get_args(kind)
    for part in parts:
        schema(part, known)
    if not parts and isinstance(kind, type) and kind not in known and (is_dataclass(kind) or issubclass(kind, Enum)):
        known.add(kind)
        for hint in get_type_hints(kind).values() if is_dataclass(kind) else ():
            schema(hint, known)
    return known


def things(value: Any) -> Iterator[Any]:
    """Every dataclass and every member of an enumeration in ``value``."""
    if isinstance(value, tuple):
        for part in value:
            yield from things(part)
    elif isinstance(value, Enum):
        yield value
    elif is_dataclass(value):
        yield value
        for field in fields(value):
            yield from things(getattr(value, field.name))


def test_every_field_of_the_schema_is_stated() -> None:
    stated: dict[type, set[str]] = defaultdict(set)
    for thing in things(every_feature()):
        if not isinstance(thing, Enum):
            stated[type(thing)] |= {
                field.name for field in fields(thing) if field.default is MISSING or getattr(thing, field.name) != field.default
            }
    unstated = {
        f"{kind.__name__}.{field.name}"
        for kind in schema(Problem, set())
        if is_dataclass(kind)
        for field in fields(kind)
        if field.name not in stated[kind]
    }
    assert unstated == UNSTATED, "a field that comes belongs in optimizer/generate/every_feature.py"


def test_every_choice_of_the_schema_is_made() -> None:
    made = {thing for thing in things(every_feature()) if isinstance(thing, Enum)}
    choices = {choice for kind in schema(Problem, set()) if issubclass(kind, Enum) for choice in kind}
    assert made == choices


def test_a_site_has_a_hall_that_switches_beside_all_that_a_plant_can_be() -> None:
    (site,) = (
        site
        for site in every_feature().sites
        if any(hall.commitment for hall in site.halls) and site.battery and site.demand_charge_per_kw and site.heat_offtake
    )
    switched = {hall.name for hall in site.halls if hall.commitment}
    assert {load.hall in switched for load in site.flexible_loads} == {True, False}
