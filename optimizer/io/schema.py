"""The field table of the domain's dataclasses (and named tuples), and the one way to build one from fields present.

The JSON documents (``optimizer.io.document``) and the wire messages (``server.mapping``) are both read and written
through this table, so no field of ``problem``, ``solution`` or ``params`` is named a second time. A type that is none
of the kinds below is a TypeError when the table is made.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from optimizer.errors import Violation
from optimizer.problem import Mode

#: Properties that go over the wire beside the fields they follow from. Where they are read, they must agree.
DERIVED_PROPERTIES = frozenset(
    {"objective_micros", "relative_gap", "feasible", "idle_node_slots", "shortfall_gpu_slots", "surplus_micros"}
    | {"price_holds", "price_holds_to_amount", "unit"}
)

#: Longer texts are quoted by their beginning.
MOST_QUOTED = 80

#: How far a derived float may be from what follows from the fields, relatively: others may round otherwise.
DERIVED_TOLERANCE = 1e-9


#: What a fleet states hundreds of thousands of times and little of it differs: equal ones are read as one object, of so many
#: that were read last. That saves memory, and time wherever all are gone through.
SHARED_TYPES = frozenset({Mode})
SHARED_COUNT = 16_384


class Kind(StrEnum):
    """What one value of a field is."""

    STR = "text"
    INT = "a whole number"
    FLOAT = "a number"
    BOOL = "true or false"
    DATETIME = "a time"
    TIMEDELTA = "a duration"
    ENUM = "a name"
    MESSAGE = "an object"


class Reason(StrEnum):
    """Why a value cannot be read: the stable reasons of this package's violations."""

    WRONG_TYPE = "WRONG_TYPE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    MISSING_FIELD = "MISSING_FIELD"
    DUPLICATE_FIELD = "DUPLICATE_FIELD"
    UNKNOWN_VALUE = "UNKNOWN_VALUE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    MALFORMED_TEXT = "MALFORMED_TEXT"
    NAIVE_DATETIME = "NAIVE_DATETIME"
    INCONSISTENT = "INCONSISTENT"


_KINDS: Mapping[type, Kind] = {
    str: Kind.STR,
    int: Kind.INT,
    float: Kind.FLOAT,
    bool: Kind.BOOL,
    datetime: Kind.DATETIME,
    timedelta: Kind.TIMEDELTA,
}
_ZEROS: Mapping[Kind, object] = {Kind.STR: "", Kind.INT: 0, Kind.FLOAT: 0.0, Kind.BOOL: False}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its kind and element type, and what its absence means.

    ``repeated``: a tuple of such values; absent means empty. ``required``: has no default and is not repeated.
    ``default`` is what an absent field means (None for a required one). ``derived``: a property, never stored.
    """

    name: str
    kind: Kind
    type: type
    repeated: bool
    optional: bool
    required: bool
    default: object
    derived: bool = False

    @property
    def json_name(self) -> str:
        """The lowerCamelCase name of proto-JSON."""
        head, *rest = self.name.split("_")
        return head + "".join(part[:1].upper() + part[1:] for part in rest)

    @property
    def zero_means_unset(self) -> bool:
        """Whether the wire may leave out a zero: it is what an absent field means anyway."""
        return not self.required and not self.derived and self.default == _ZEROS.get(self.kind, object())


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of one dataclass, stored ones first."""

    type: type
    fields: tuple[Field, ...]
    required: frozenset[str]
    derived: frozenset[str]
    empty_if_absent: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.type.__name__


@cache
def schema_of(cls: type) -> Schema:
    """The field table of a dataclass or named tuple; made once a class.

    Raises:
        TypeError: ``cls`` is neither, a field's type is none the table knows, or it may be None and is not by default.
    """
    if not _is_record(cls):
        raise TypeError(f"{cls.__name__} is not a dataclass")
    hints = get_type_hints(cls)
    stored = [_stored_field(cls, name, default, hints[name]) for name, default in _defaults(cls)]
    properties = ((name, getattr(cls, name, None)) for name in sorted(DERIVED_PROPERTIES))
    derived = [_derived_field(cls, name, prop) for name, prop in properties if isinstance(prop, property)]
    return Schema(
        type=cls,
        fields=(*stored, *derived),
        required=frozenset(field.name for field in stored if field.required),
        derived=frozenset(field.name for field in derived),
        empty_if_absent=tuple(field.name for field in stored if field.repeated),
    )


def _is_record(cls: type) -> bool:
    return is_dataclass(cls) or (issubclass(cls, tuple) and hasattr(cls, "_fields"))


def _defaults(cls: Any) -> Iterator[tuple[str, object]]:
    """Each field of a record with its default, MISSING where it has none."""
    if not is_dataclass(cls):
        yield from ((name, cls._field_defaults.get(name, MISSING)) for name in cls._fields)
        return
    for field in fields(cls):
        yield field.name, field.default if field.default_factory is MISSING else field.default_factory()


def _stored_field(cls: type, name: str, default: object, hint: object) -> Field:
    kind, element, repeated, optional = _classify(cls, name, hint)
    if optional and default is MISSING:
        raise TypeError(f"{cls.__name__}.{name}: the field table leaves None out, so it must be the default")
    if repeated and default is MISSING:
        default = ()
    required = default is MISSING
    return Field(name, kind, element, repeated, optional, required, None if required else default)


def _derived_field(cls: type, name: str, prop: property) -> Field:
    kind, element, repeated, optional = _classify(cls, name, get_type_hints(prop.fget)["return"])
    return Field(name, kind, element, repeated, optional, required=False, default=None, derived=True)


def _classify(cls: type, name: str, hint: object) -> tuple[Kind, type, bool, bool]:
    """(kind, element type, repeated, optional) of a type hint."""
    optional = get_origin(hint) in (Union, types.UnionType)
    if optional:
        members = [member for member in get_args(hint) if member is not type(None)]
        hint = members[0] if len(members) == 1 else None
    repeated = get_origin(hint) is tuple
    if repeated:
        arguments = get_args(hint)
        hint = arguments[0] if len(arguments) == 2 and arguments[1] is Ellipsis else None
    if isinstance(hint, type):
        if hint in _KINDS:
            return _KINDS[hint], hint, repeated, optional
        if issubclass(hint, StrEnum):
            return Kind.ENUM, hint, repeated, optional
        if _is_record(hint):
            return Kind.MESSAGE, hint, repeated, optional
    raise TypeError(f"{cls.__name__}.{name}: the field table has no kind for its type")


#: Turns one raw value into a domain value. What is wrong goes to the list, with a path relative to the value.
Decoder = Callable[[Any, list[Violation]], Any]


def prefix_paths(errors: list[Violation], first: int, prefix: str) -> None:
    """Puts ``prefix`` before the paths of ``errors[first:]``: grown outwards, paths cost what is right nothing."""
    for index in range(first, len(errors)):
        error = errors[index]
        errors[index] = Violation(join_path(prefix, error.path), error.reason, error.message)


def join_path(prefix: str, path: str) -> str:
    """``sites[0]`` and ``halls[1]`` are ``sites[0].halls[1]``; an index follows without a dot."""
    return f"{prefix}{path}" if not prefix or not path or path[0] == "[" else f"{prefix}.{path}"


def decode_repeated(decode: Decoder) -> Decoder:
    """A decoder of a sequence of raw values, element by element, to a tuple."""

    def decode_all(raw: Iterable[Any], errors: list[Violation]) -> tuple[Any, ...]:
        values = []
        for index, item in enumerate(raw):
            first = len(errors)
            values.append(decode(item, errors))
            if len(errors) > first:
                prefix_paths(errors, first, f"[{index}]")
        return tuple(values)

    return decode_all


#: What a decoder returns for a raw form that says "unset" (an UNSPECIFIED enum value).
UNSET = object()


def build(
    schema: Schema,
    decoders: Mapping[Any, tuple[str, Decoder]],
    present: Iterable[tuple[Any, Any]],
    errors: list[Violation],
) -> Any:
    """The dataclass with the fields that are present, or None where something is wrong (then ``errors`` has grown).

    Args:
        schema: the table of the class.
        decoders: field name and decoder by the key the raw form uses (a name, a number).
        present: key and raw value of each field; None means unset. Keys not in ``decoders`` are unknown fields.
        errors: grows by everything wrong.

    Raises:
        InvalidProblemError: from the class itself, where it checks its values; the paths are those it gives.
    """
    before = len(errors)
    values: dict[str, Any] = {}
    for key, raw in present:
        known = decoders.get(key)
        if known is None:
            errors.append(_unknown_field(schema, str(key)))
            continue
        if raw is None:
            continue
        name, decode = known
        if name in values:
            errors.append(Violation(name, Reason.DUPLICATE_FIELD, f"{name} is given twice"))
            continue
        first = len(errors)
        value = decode(raw, errors)
        if len(errors) > first:
            prefix_paths(errors, first, name)
        if value is not UNSET:
            values[name] = value
    if not schema.required <= values.keys():
        errors.extend(_missing_field(schema, name) for name in sorted(schema.required - values.keys()))
    if len(errors) > before:
        return None
    return _construct(schema, values, errors)


def _construct(schema: Schema, values: dict[str, Any], errors: list[Violation]) -> Any:
    claims = {name: values.pop(name) for name in schema.derived & values.keys()} if schema.derived else {}
    for name in schema.empty_if_absent:
        values.setdefault(name, ())
    value = _shared(schema.type, values) if schema.type in SHARED_TYPES else schema.type(**values)
    broken = [name for name, claim in claims.items() if not _agree(claim, getattr(value, name))]
    for name in broken:
        message = f"{name} is {claims[name]}, but {getattr(value, name)} follows from the other fields"
        errors.append(Violation(name, Reason.INCONSISTENT, message))
    return None if broken else value


def _shared(cls: type, values: dict[str, Any]) -> Any:
    known, key = _known(cls), tuple(values.items())
    value = known.get(key)
    if value is None:
        if len(known) >= SHARED_COUNT:
            known.clear()
        value = known[key] = cls(**values)
    return value


@cache
def _known(cls: type) -> dict[tuple[tuple[str, Any], ...], Any]:
    """The objects of ``cls`` that are shared, by their fields."""
    del cls
    return {}


def _agree(claim: object, truth: object) -> bool:
    if isinstance(claim, float) and isinstance(truth, float):
        return math.isclose(claim, truth, rel_tol=DERIVED_TOLERANCE)
    return claim == truth


def quoted(text: str) -> str:
    """``text`` as a message shows it: in quotes, its beginning where it is long."""
    return repr(text) if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]!r}..."


def _unknown_field(schema: Schema, key: str) -> Violation:
    hint = did_you_mean(key, (field.name for field in schema.fields))
    return Violation(key, Reason.UNKNOWN_FIELD, f"{schema.title} has no field {quoted(key)}{hint}")


def _missing_field(schema: Schema, name: str) -> Violation:
    kind = next(field.kind for field in schema.fields if field.name == name)
    return Violation(name, Reason.MISSING_FIELD, f"{schema.title} needs {name}, {kind}")


def did_you_mean(text: str, choices: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the choice nearest to ``text``, or nothing."""
    near = get_close_matches(text, list(choices), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
