"""Whatever the values, as long as their types are right, ``validate`` answers; and what it passes can be made exact."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from optimizer.errors import Violation
from optimizer.exact.problem import exact
from optimizer.features import features
from optimizer.modes import expand
from optimizer.problem import Problem
from optimizer.validate import check_size, validate
from tests.profiles import examples
from tests.validate.full_problem import edit, full_problem

FULL = full_problem()
#: Shrinking so large a value takes minutes and explains little.
PHASES = [phase for phase in Phase if phase not in (Phase.shrink, Phase.explain)]
NAMES = st.sampled_from(["", "train", "Loughton", "loughton-h100", "H100", "lab", "GB", "UK", "nvme", "\ud800", "x" * 300])
LEAVES: dict[type, st.SearchStrategy[Any]] = {
    str: NAMES | st.text(max_size=5),
    float: st.floats() | st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e9, 5e-324]),
    int: st.integers(-3, 30) | st.integers() | st.sampled_from([10**5_000, -(10**5_000), 2**63]),
    bool: st.booleans(),
    datetime: st.datetimes() | st.datetimes(timezones=st.timezones()),
    timedelta: st.timedeltas() | st.sampled_from([timedelta(0), timedelta(hours=1), timedelta.max, timedelta.min]),
}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of the annotated type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(st.none() if part is type(None) else values(part) for part in arguments)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return LEAVES[kind]


def leaves(thing: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(path, annotated type) of every field of ``thing`` and of what it holds."""
    hints = typing.get_type_hints(type(thing))
    for field in fields(thing):
        path, value = f"{prefix}{field.name}", getattr(thing, field.name)
        yield path, hints[field.name]
        if is_dataclass(value):
            yield from leaves(value, f"{path}.")
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if is_dataclass(item):
                    yield from leaves(item, f"{path}[{index}].")


FIELDS = list(leaves(FULL))


def answered(problem: Problem) -> tuple[Violation, ...]:
    """The violations, each one sound; of a valid problem that it can be worked with."""
    features(problem)
    check_size(problem)
    violations = validate(problem)
    for violation in violations:
        assert violation.path
        assert violation.message.isprintable()
        assert len(violation.message) < 2_000
        str(violation).encode()
    if not violations:
        exact(expand(problem))
    return violations


@settings(examples(150), phases=PHASES)
@given(values(Problem))
def test_garbage(problem: Problem) -> None:
    answered(problem)


@settings(examples(600), phases=PHASES)
@given(st.data())
def test_a_valid_problem_with_some_fields_made_garbage(data: st.DataObject) -> None:
    problem = FULL
    for path, kind in data.draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique_by=lambda f: f[0])):
        try:
            problem = edit(problem, path, data.draw(values(kind), label=path))
        except (AttributeError, IndexError, TypeError):
            continue  # an earlier edit took away what this one is in
    answered(problem)


@settings(examples(100), phases=PHASES)
@given(st.sampled_from(FIELDS), st.data())
def test_other_violations_stay_when_one_field_is_changed(field: tuple[str, Any], data: st.DataObject) -> None:
    """A second fault elsewhere never hides the first."""
    wrong = replace(FULL, currency="pounds")
    path, kind = field
    if path == "currency":
        return
    assert "currency" in {violation.path for violation in answered(edit(wrong, path, data.draw(values(kind))))}
