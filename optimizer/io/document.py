"""Problems and results as JSON documents: the proto-JSON of the messages of the same names.

Written: snake_case fields, full enum names, ``"3600s"``, RFC 3339 in UTC; what has its default is left out. Read: also
lowerCamelCase fields, short enum names, numbers as text, null for unset. A document is what ``json.loads`` gives; with
``object_from_pairs`` as its ``object_pairs_hook``, a key given twice is refused too.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.schema import (
    UNSET,
    Decoder,
    Field,
    Kind,
    Reason,
    build,
    decode_repeated,
    did_you_mean,
    prefix_paths,
    quoted,
    schema_of,
)
from optimizer.io.wire_time import (
    TimeFormatError,
    format_duration,
    format_timestamp,
    parse_duration,
    parse_timestamp,
)
from optimizer.problem import Job, Problem
from optimizer.solution import Result

Document = dict[str, Any]
T = TypeVar("T")

#: Whole numbers past this lose digits in JSON readers that keep numbers as doubles; they are written as text.
MAX_EXACT_JSON_INT = 2**53 - 1
INT64 = (-(2**63), 2**63 - 1)

_INT_TEXT = re.compile(r"-?\d{1,19}", re.ASCII)
_FLOAT_TEXT = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_QUANTITY_TEXT = re.compile(r"-?\d[\d.,]{0,20}\s*[A-Za-z%/]{1,10}", re.ASCII)
_FLOAT_NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class RepeatedKeysObject(Document):
    """A JSON object that names a key more than once; ``repeated_keys`` are those."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.repeated_keys = tuple(sorted({key for key in keys if keys.count(key) > 1}))


def object_from_pairs(pairs: list[tuple[str, Any]]) -> Document:
    """For ``json.loads(object_pairs_hook=...)``: remembers keys given twice, so that the reader can name their path."""
    document = dict(pairs)
    return document if len(document) == len(pairs) else RepeatedKeysObject(pairs)


def problem_from_document(document: object) -> Problem:
    """Reads the proto-JSON of ``Problem``.

    Raises:
        InvalidProblemError: with every wrong type, unknown field, missing field and unreadable value, each by its path.
    """
    return from_document(Problem, document)


def jobs_from_document(document: object) -> tuple[Job, ...]:
    """Reads a list of the proto-JSON of ``Job``; errors as in ``problem_from_document``, with paths that begin at ``jobs``."""
    if not isinstance(document, list):
        raise InvalidProblemError([replace(_wrong_type("a list of jobs", document), path="jobs")])
    errors: list[Violation] = []
    decode = _message_decoder(Job)
    jobs: list[Job] = []
    for number, raw in enumerate(document):
        found: list[Violation] = []
        jobs.append(decode(raw, found))
        errors += [Violation(f"jobs[{number}].{e.path}".rstrip("."), e.reason, e.message) for e in found]
    if errors:
        raise InvalidProblemError(errors)
    return tuple(jobs)


def problem_to_document(problem: Problem) -> Document:
    """The proto-JSON of a problem.

    Raises:
        InvalidProblemError: a value has no JSON form (a time without an offset).
    """
    return to_document(problem)


def result_from_document(document: object) -> Result:
    """Reads the proto-JSON of ``Result``; errors as in ``problem_from_document``."""
    return from_document(Result, document)


def result_to_document(result: Result) -> Document:
    """The proto-JSON of a result."""
    return to_document(result)


def from_document(cls: type[T], document: object) -> T:
    """Reads the proto-JSON of any dataclass of the domain; errors as in ``problem_from_document``."""
    errors: list[Violation] = []
    domain_class: type = cls
    value: T = _message_decoder(domain_class)(document, errors)
    if errors:
        raise InvalidProblemError(_named_root(domain_class, errors))
    return value


def to_document(value: object) -> Document:
    """The proto-JSON of any dataclass of the domain; errors as in ``problem_to_document``."""
    errors: list[Violation] = []
    domain_class: type = type(value)
    document: Document = _message_encoder(domain_class)(value, errors)
    if errors:
        raise InvalidProblemError(_named_root(domain_class, errors))
    return document


def _named_root(cls: type, errors: list[Violation]) -> list[Violation]:
    return [e if e.path else Violation(cls.__name__.lower(), e.reason, e.message) for e in errors]


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def _message_decoder(cls: type) -> Decoder:
    schema = schema_of(cls)
    entries = [(field, (field.name, _field_decoder(field))) for field in schema.fields]
    decoders = {key: entry for field, entry in entries for key in (field.name, field.json_name)}

    def decode(raw: Any, errors: list[Violation]) -> Any:
        if type(raw) is not dict:
            if not isinstance(raw, RepeatedKeysObject):
                errors.append(_wrong_type(f"an object, {schema.title}", raw))
                return None
            errors.extend(Violation(k, Reason.DUPLICATE_FIELD, f"{k!r} is given twice") for k in raw.repeated_keys)
        return build(schema, decoders, raw.items(), errors)

    return decode


def _field_decoder(field: Field) -> Decoder:
    decode = _value_decoder(field)
    return _list_decoder(decode, of_values=field.kind is not Kind.MESSAGE) if field.repeated else decode


def _value_decoder(field: Field) -> Decoder:
    if field.kind is Kind.MESSAGE:
        return _message_decoder(field.type)
    if field.kind is Kind.ENUM:
        return _enum_decoder(field.type)
    return _SCALAR_DECODERS[field.kind]


def _list_decoder(decode: Decoder, of_values: bool) -> Decoder:
    decode_all = decode_repeated(decode)

    def decode_list(raw: Any, errors: list[Violation]) -> Any:
        if type(raw) is not list:
            single = of_values and type(raw) in (int, float) and abs(raw) <= MAX_EXACT_JSON_INT
            errors.append(_wrong_type(f"a list, such as [{raw}]" if single else "a list", raw))
            return None
        return decode_all(raw, errors)

    return decode_list


def _decode_str(raw: Any, errors: list[Violation]) -> Any:
    if type(raw) is not str:
        errors.append(_wrong_type(Kind.STR, raw))
    elif not raw.isascii() and not _is_unicode(raw):
        errors.append(Violation("", Reason.MALFORMED_TEXT, "the text holds half of a surrogate pair"))
    return raw


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _decode_bool(raw: Any, errors: list[Violation]) -> Any:
    if type(raw) is not bool:
        errors.append(_wrong_type(Kind.BOOL, raw))
    return raw


def _decode_int(raw: Any, errors: list[Violation]) -> Any:
    if type(raw) is int:
        number = raw
    elif (type(raw) is float and raw.is_integer()) or (type(raw) is str and _INT_TEXT.fullmatch(raw)):
        number = int(raw)
    else:
        errors.append(_wrong_type(Kind.INT, raw))
        return None
    if not INT64[0] <= number <= INT64[1]:
        errors.append(Violation("", Reason.OUT_OF_RANGE, "the number does not fit into 64 bits"))
    return number


def _decode_float(raw: Any, errors: list[Violation]) -> Any:
    if type(raw) is float:
        return raw
    if type(raw) is int:
        try:
            return float(raw)
        except OverflowError:
            errors.append(Violation("", Reason.OUT_OF_RANGE, "the number does not fit into a double"))
            return None
    if type(raw) is str:
        if raw in _FLOAT_NAMES:
            return _FLOAT_NAMES[raw]
        if _FLOAT_TEXT.fullmatch(raw):
            return float(raw)
        if _QUANTITY_TEXT.fullmatch(raw):
            advice = "write the number alone, in the unit that the field is stated in"
            errors.append(Violation("", Reason.WRONG_TYPE, f"expected a number, got the text {quoted(raw)}; {advice}"))
            return None
    errors.append(_wrong_type(Kind.FLOAT, raw))
    return None


def _text_decoder(kind: Kind, parse: Callable[[str], object], example: str) -> Decoder:
    def decode(raw: Any, errors: list[Violation]) -> Any:
        if type(raw) is not str:
            errors.append(_wrong_type(f"{kind} such as {example}", raw))
            return None
        try:
            return parse(raw)
        except TimeFormatError as error:
            errors.append(Violation("", error.reason, str(error)))
            return None

    return decode


_SCALAR_DECODERS: dict[Kind, Decoder] = {
    Kind.STR: _decode_str,
    Kind.BOOL: _decode_bool,
    Kind.INT: _decode_int,
    Kind.FLOAT: _decode_float,
    Kind.DATETIME: _text_decoder(Kind.DATETIME, parse_timestamp, '"2026-01-31T06:00:00Z"'),
    Kind.TIMEDELTA: _text_decoder(Kind.TIMEDELTA, parse_duration, '"3600s"'),
}


def enum_prefix(cls: type) -> str:
    """What proto enum values of ``cls`` begin with: ``GROUP_KIND_`` for GroupKind."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).upper() + "_"


@cache
def _enum_decoder(cls: type[StrEnum]) -> Decoder:
    prefix = enum_prefix(cls)
    members: dict[str, object] = {f"{p}{member.name}": member for member in cls for p in ("", prefix)}
    members[f"{prefix}UNSPECIFIED"] = UNSET

    def decode(raw: Any, errors: list[Violation]) -> Any:
        if type(raw) is not str:
            errors.append(_wrong_type(f"one of {', '.join(m.name for m in cls)}", raw))
            return None
        member = members.get(raw)
        if member is None:
            known = ", ".join(m.name for m in cls)
            message = f"{quoted(raw)} is no {cls.__name__}{did_you_mean(raw, members)} (one of {known})"
            errors.append(Violation("", Reason.UNKNOWN_VALUE, message))
        return member

    return decode


def _wrong_type(expected: str, raw: object) -> Violation:
    return Violation("", Reason.WRONG_TYPE, f"expected {expected}, got {_describe(raw)}")


def _describe(raw: object) -> str:
    match raw:
        case None:
            return "null"
        case bool():
            return "true" if raw else "false"
        case int() | float():
            return "a number" if abs(raw) > MAX_EXACT_JSON_INT else f"the number {raw}"
        case str():
            return f"the text {raw[:40]!r}"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return type(raw).__name__


# --- writing ---------------------------------------------------------------------------------------------------------

#: Turns one domain value into its JSON form; what has none goes to the list, with a path relative to the value.
Encoder = Callable[[Any, list[Violation]], Any]


@cache
def _message_encoder(cls: type) -> Encoder:
    encoders = [(f.name, f.required, f.default, _field_encoder(f)) for f in schema_of(cls).fields]

    def encode(value: Any, errors: list[Violation]) -> Any:
        if not isinstance(value, cls):
            errors.append(_wrong_type(f"a {cls.__name__}", value))
            return None
        document: Document = {}
        for name, required, default, encode_field in encoders:
            item = getattr(value, name)
            if not required and item == default:
                continue
            first = len(errors)
            document[name] = encode_field(item, errors)
            if len(errors) > first:
                prefix_paths(errors, first, name)
        return document

    return encode


def _field_encoder(field: Field) -> Encoder:
    if field.kind is Kind.MESSAGE:
        encode = _message_encoder(field.type)
    elif field.kind is Kind.ENUM:
        encode = _enum_encoder(field.type)
    else:
        encode = _checked(_SCALAR_ENCODERS[field.kind], field.kind)
    if not field.repeated:
        return encode
    encode_all = decode_repeated(encode)
    return lambda values, errors: list(encode_all(values, errors))


def _checked(write: Callable[[Any], object], kind: Kind) -> Encoder:
    def encode(value: Any, errors: list[Violation]) -> Any:
        try:
            return write(value)
        except TimeFormatError as error:
            errors.append(Violation("", error.reason, str(error)))
        except (TypeError, ValueError, AttributeError):
            errors.append(_wrong_type(kind, value))
        return None

    return encode


def _enum_encoder(cls: type[StrEnum]) -> Encoder:
    prefix = enum_prefix(cls)
    return _checked(lambda value: f"{prefix}{cls(value).name}", Kind.ENUM)


def _write_int(value: Any) -> int | str:
    number = operator.index(value)
    return number if abs(number) <= MAX_EXACT_JSON_INT else str(number)


def _write_float(value: Any) -> float | str:
    number = float(value)
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _write_str(value: Any) -> str:
    value.encode()
    return str(value)


_SCALAR_ENCODERS: dict[Kind, Callable[[Any], object]] = {
    Kind.STR: _write_str,
    Kind.BOOL: bool,
    Kind.INT: _write_int,
    Kind.FLOAT: _write_float,
    Kind.DATETIME: format_timestamp,
    Kind.TIMEDELTA: format_duration,
}
