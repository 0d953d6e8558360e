"""Random values of any dataclass of the field table: well-typed, not necessarily meaningful."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from optimizer.io.schema import Field, Kind, schema_of

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
_INTS = st.integers(-(2**31), 2**31 - 1)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_OFFSETS = st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14)))
_TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC) | _OFFSETS)
_DURATIONS = st.timedeltas(timedelta(days=-3_000_000), timedelta(days=3_000_000))

_SCALARS: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.STR: _TEXTS,
    Kind.INT: _INTS,
    Kind.FLOAT: _FLOATS,
    Kind.BOOL: st.booleans(),
    Kind.DATETIME: _TIMES,
    Kind.TIMEDELTA: _DURATIONS,
}


def reached(*roots: type) -> list[type]:
    """The dataclasses that the roots are made of, themselves included."""
    seen: dict[type, None] = {}
    waiting = list(roots)
    while waiting:
        cls = waiting.pop()
        if cls not in seen:
            seen[cls] = None
            waiting += [field.type for field in schema_of(cls).fields if field.kind is Kind.MESSAGE]
    return list(seen)


@st.composite
def domain(draw: st.DrawFn, cls: type) -> Any:
    """A value of ``cls``: each field with a default is set or not, lists hold up to two elements."""
    schema = schema_of(cls)
    values: dict[str, Any] = dict.fromkeys(schema.empty_if_absent, ())
    for field in schema.fields:
        if not field.derived and (field.required or draw(st.booleans())):
            values[field.name] = draw(_values(field))
    return cls(**values)


def _values(field: Field) -> st.SearchStrategy[Any]:
    element = _elements(field.kind, field.type)
    return st.lists(element, max_size=2).map(tuple) if field.repeated else element


def _elements(kind: Kind, cls: type) -> st.SearchStrategy[Any]:
    if kind is Kind.MESSAGE:
        return st.deferred(lambda: domain(cls))
    if kind is Kind.ENUM and issubclass(cls, StrEnum):
        return st.sampled_from(list(cls))
    return _SCALARS[kind]
