"""The generic mapping between wire messages and dataclasses, over the field table of ``optimizer.io.schema``.

A message and its dataclass have the same field names (a test holds them equal), so no field is named here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.document import enum_prefix
from optimizer.io.schema import Decoder, Field, Kind, Reason, build, decode_repeated, prefix_paths, schema_of
from optimizer.io.wire_time import (
    TimeFormatError,
    duration_from_parts,
    duration_parts,
    timestamp_from_parts,
    timestamp_parts,
)

T = TypeVar("T")
M = TypeVar("M", bound=Message)


def from_proto(cls: type[T], message: Message, path: str = "") -> T:
    """Reads any dataclass of the field table; ``path`` goes before the paths of what is wrong."""
    errors: list[Violation] = []
    domain_class: type = cls
    value: T = _message_decoder(domain_class, message.DESCRIPTOR)(message, errors)
    _raise_if(errors, path)
    return value


def to_proto(value: object, message: M) -> M:
    """Fills ``message`` with any dataclass of the field table, and returns it."""
    errors: list[Violation] = []
    domain_class: type = type(value)
    _message_writer(domain_class, message.DESCRIPTOR)(message, value, errors)
    _raise_if(errors, "")
    return message


def _raise_if(errors: list[Violation], path: str) -> None:
    if not errors:
        return
    prefix_paths(errors, 0, path)
    raise InvalidProblemError(errors)


@cache
def enum_numbers(cls: type[StrEnum], descriptor: EnumDescriptor) -> dict[StrEnum, int]:
    """The wire's number of each member."""
    prefix = enum_prefix(cls)
    return {member: descriptor.values_by_name[f"{prefix}{member.name}"].number for member in cls}


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def _message_decoder(cls: type, descriptor: Descriptor) -> Decoder:
    schema = schema_of(cls)
    entries = [(field, descriptor.fields_by_name[field.name]) for field in schema.fields]
    decoders = {wire.number: (field.name, _field_decoder(field, wire)) for field, wire in entries}

    def decode(message: Message, errors: list[Violation]) -> Any:
        errors.extend(_unknown_fields(message))
        return build(schema, decoders, [(wire.number, raw) for wire, raw in message.ListFields()], errors)

    return decode


def _message_of(wire: FieldDescriptor) -> Descriptor:
    if wire.message_type is None:
        raise TypeError(f"{wire.full_name} holds no message")
    return wire.message_type


def _enum_of(wire: FieldDescriptor) -> EnumDescriptor:
    if wire.enum_type is None:
        raise TypeError(f"{wire.full_name} holds no enum")
    return wire.enum_type


def _unknown_fields(message: Message) -> list[Violation]:
    """Fields of a later version of the API: to ignore them could be to ignore a rule."""
    reason = "is not known to this version of the service"
    unknown = UnknownFieldSet(message)
    numbers = sorted({unknown[index].field_number for index in range(len(unknown))})
    return [Violation(f"#{number}", Reason.UNKNOWN_FIELD, f"field number {number} {reason}") for number in numbers]


def _field_decoder(field: Field, wire: FieldDescriptor) -> Decoder:
    match field.kind:
        case Kind.MESSAGE:
            decode = _message_decoder(field.type, _message_of(wire))
        case Kind.ENUM:
            decode = _enum_decoder(field.type, _enum_of(wire))
        case Kind.DATETIME:
            decode = _time_decoder(timestamp_from_parts)
        case Kind.TIMEDELTA:
            decode = _time_decoder(duration_from_parts)
        case _:
            return _copy_all if field.repeated else _copy
    return decode_repeated(decode) if field.repeated else decode


def _copy(raw: Any, errors: list[Violation]) -> Any:
    del errors  # protobuf has checked type, range and UTF-8
    return raw


def _copy_all(raw: Any, errors: list[Violation]) -> Any:
    del errors
    return tuple(raw)


def _enum_decoder(cls: type[StrEnum], descriptor: EnumDescriptor) -> Decoder:
    members = {number: member for member, number in enum_numbers(cls, descriptor).items()}

    def decode(raw: int, errors: list[Violation]) -> Any:
        member = members.get(raw)
        if member is None:
            known = ", ".join(member.name for member in cls)
            errors.append(Violation("", Reason.UNKNOWN_VALUE, f"{raw} is no {cls.__name__} (one of {known})"))
        return member

    return decode


def _time_decoder(from_parts: Callable[[int, int], object]) -> Decoder:
    def decode(raw: Any, errors: list[Violation]) -> Any:
        try:
            return from_parts(raw.seconds, raw.nanos)
        except TimeFormatError as error:
            errors.append(Violation("", error.reason, str(error)))
            return None

    return decode


# --- writing ---------------------------------------------------------------------------------------------------------

#: Puts the value of one field into a message; what has no wire form is raised, or listed by a path within the value.
Writer = Callable[[Any, Any, list[Violation]], None]


@cache
def _message_writer(cls: type, descriptor: Descriptor) -> Writer:
    entries = [(f, _field_writer(f, descriptor.fields_by_name[f.name])) for f in schema_of(cls).fields]
    writers = [(field.name, field.kind, field.required, field.default, write) for field, write in entries]

    def write_message(message: Any, value: Any, errors: list[Violation]) -> None:
        for name, kind, required, default, write in writers:
            item = getattr(value, name)
            if not required and item == default:
                continue
            first = len(errors)
            try:
                write(message, item, errors)
            except TimeFormatError as error:
                errors.append(Violation("", error.reason, str(error)))
            except (AttributeError, KeyError, TypeError, ValueError):
                errors.append(Violation("", Reason.WRONG_TYPE, f"{item!r:.80} is not {kind} that the message can hold"))
            if len(errors) > first:
                prefix_paths(errors, first, name)

    return write_message


def _field_writer(field: Field, wire: FieldDescriptor) -> Writer:
    name = field.name
    match field.kind:
        case Kind.MESSAGE:
            fill = _message_writer(field.type, _message_of(wire))
        case Kind.DATETIME:
            fill = _time_writer(timestamp_parts)
        case Kind.TIMEDELTA:
            fill = _time_writer(duration_parts)
        case Kind.ENUM:
            numbers = enum_numbers(field.type, _enum_of(wire))
            return lambda message, value, errors: setattr(message, name, numbers[value])
        case _ if field.repeated:
            return lambda message, value, errors: getattr(message, name).extend(value)
        case _:
            return lambda message, value, errors: setattr(message, name, value)
    return _repeated_writer(name, fill) if field.repeated else _single_writer(name, fill)


def _single_writer(name: str, fill: Writer) -> Writer:
    def write(message: Any, value: Any, errors: list[Violation]) -> None:
        child = getattr(message, name)
        child.SetInParent()
        fill(child, value, errors)

    return write


def _repeated_writer(name: str, fill: Writer) -> Writer:
    def write(message: Any, values: Any, errors: list[Violation]) -> None:
        children = getattr(message, name)
        for index, value in enumerate(values):
            first = len(errors)
            fill(children.add(), value, errors)
            if len(errors) > first:
                prefix_paths(errors, first, f"[{index}]")

    return write


def _time_writer(parts: Callable[[Any], tuple[int, int]]) -> Writer:
    def write(message: Any, value: Any, errors: list[Violation]) -> None:
        del errors
        message.seconds, message.nanos = parts(value)

    return write
