"""``grid_import:loughton:+1MW:17-19``: a change of one limit as it is typed."""

from __future__ import annotations

import re
from decimal import Decimal

from optimizer.errors import InvalidProblemError, Violation
from optimizer.explain.limit_change import LimitChange, check_multiples
from optimizer.io.schema import did_you_mean
from optimizer.limits import LimitKind

SYNTAX = "KIND:ELEMENT:AMOUNT[:FIRST-LAST]"

_SCALES = {
    "W": {"W": 1, "kW": 1_000, "MW": 1_000_000},
    "Wh": {"Wh": 1, "kWh": 1_000, "MWh": 1_000_000, "GWh": 1_000_000_000},
    "mg": {"mg": 1, "g": 1_000, "kg": 1_000_000, "t": 1_000_000_000},
    "nodes": {"nodes": 1, "node": 1},
    "GPUs": {"GPUs": 1, "GPU": 1},
    "units": {"units": 1, "unit": 1},
    "jobs": {"jobs": 1, "job": 1},
    "GPU-slots": {"GPU-slots": 1, "GPU-slot": 1},
    "MB/h": {"MB/h": 1, "GB/h": 1_000, "TB/h": 1_000_000},
}
#: The units an amount may have, in the limit's own; the first is what a bare number means.
UNITS = {kind: _SCALES[kind.unit] for kind in LimitKind}
_SLOTS = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?", re.ASCII)
_AMOUNT = re.compile(r"([+-]?\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]*(?:-[a-z]+|/h)?)", re.ASCII)
_MULTIPLES = re.compile(r"\d{1,9}(,\d{1,9})*", re.ASCII)


def parse_change(words: str, slot_count: int) -> LimitChange:
    """Reads a change; an element may hold colons itself, slots left out are the whole horizon.

    Raises:
        InvalidProblemError: naming the part that cannot be read.
    """
    parts = words.split(":")
    slots = _SLOTS.fullmatch(parts[-1]) if len(parts) > 3 else None
    if slots:
        parts.pop()
    if len(parts) < 3:
        raise _refused("MALFORMED_TEXT", f"{words!r} is not {SYNTAX}, such as grid_import:loughton:+1MW:17-19")
    kind = _kind(parts[0])
    first = int(slots[1]) if slots else 0
    last = int(slots[2] or slots[1]) if slots else slot_count - 1
    return LimitChange(
        kind=kind, element=":".join(parts[1:-1]), amount=_amount(parts[-1], kind), first_slot=first, last_slot=last
    )


def _kind(word: str) -> LimitKind:
    try:
        return LimitKind(word)
    except ValueError:
        near = did_you_mean(word, [kind.value for kind in LimitKind])
        raise _refused("UNKNOWN_VALUE", f"{word!r} is no kind of limit{near} (one of {', '.join(LimitKind)})") from None


def _amount(word: str, kind: LimitKind) -> int:
    units = UNITS[kind]
    found = _AMOUNT.fullmatch(word.strip())
    if found is None:
        raise _refused("MALFORMED_TEXT", f"{word!r} is no amount such as +1{list(units)[-1]}")
    number, unit = found.groups()
    if unit and unit not in units:
        raise _refused("UNKNOWN_VALUE", f"{kind} is not counted in {unit!r} (one of {', '.join(units)})")
    amount = Decimal(number) * units[unit or next(iter(units))]
    if amount != amount.to_integral_value() or not amount:
        raise _refused("OUT_OF_RANGE", f"{word!r} must come to a whole number of {next(iter(units))} other than 0")
    return int(amount)


def parse_multiples(words: str) -> tuple[int, ...]:
    """``1,2,5``; as many and as large as ``check_multiples`` lets them be.

    Raises:
        InvalidProblemError: something is no such number.
    """
    if not _MULTIPLES.fullmatch(words):
        raise _refused("MALFORMED_TEXT", f"{words!r} is no list of whole numbers from 1 on, such as 1,2,5", "--times")
    multiples = tuple(int(word) for word in words.split(","))
    check_multiples(multiples)
    return multiples


def _refused(reason: str, message: str, argument: str = "CHANGE") -> InvalidProblemError:
    return InvalidProblemError([Violation(argument, reason, message)])
