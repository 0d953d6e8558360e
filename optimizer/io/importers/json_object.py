"""One JSON object of a benchmark file: its fields asked for by name and kind, every error with the field's path."""

from __future__ import annotations

from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation

#: Whole numbers are at most this in size: more is no sensible file, and would not pass for a float exactly.
LARGEST_WHOLE = 2**53


class JsonObject:
    """The object at ``where`` (such as ``jobs[3]``; "" is the whole document) of the file at ``path``."""

    def __init__(self, path: Path, where: str, content: object) -> None:
        self._path, self._where = path, where
        if not isinstance(content, dict):
            raise self._error("", f"expected an object; found {_shown(content)}")
        self._fields: dict[str, object] = content

    def text(self, field: str) -> str:
        value = self._field(field)
        if not isinstance(value, str):
            raise self._error(field, f"expected a text; found {_shown(value)}")
        return value

    def whole(self, field: str, least: int = 0, most: int = LARGEST_WHOLE) -> int:
        """A whole number in [least, most]."""
        return self._whole(field, self._field(field), least, most)

    def wholes(self, field: str, count: int, least: int = 0) -> list[int]:
        """A list of ``count`` whole numbers of at least ``least``."""
        values = self._list(field)
        if len(values) != count:
            raise self._error(field, f"expected {count} numbers, one an hour; found {len(values)}")
        return [self._whole(f"{field}[{i}]", value, least, LARGEST_WHOLE) for i, value in enumerate(values)]

    def objects(self, field: str) -> list[JsonObject]:
        where = self._path_of(field)
        return [JsonObject(self._path, f"{where}[{i}]", item) for i, item in enumerate(self._list(field))]

    def _list(self, field: str) -> list[object]:
        value = self._field(field)
        if not isinstance(value, list):
            raise self._error(field, f"expected a list; found {_shown(value)}")
        return value

    def _field(self, field: str) -> object:
        if field not in self._fields:
            raise self._error(field, "the field is missing")
        return self._fields[field]

    def _whole(self, field: str, value: object, least: int, most: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._error(field, f"expected a whole number; found {_shown(value)}")
        if not least <= value <= most:
            raise self._error(field, f"expected a whole number in [{least}, {most}]; found {_shown(value)}")
        return value

    def _path_of(self, field: str) -> str:
        return f"{self._where}.{field}" if self._where and field else self._where or field

    def _error(self, field: str, message: str) -> InvalidProblemError:
        return InvalidProblemError([Violation(f"{self._path}: {self._path_of(field)}", "MALFORMED_FILE", message)])


def _shown(value: object) -> str:
    """Enough of ``value`` to recognise it by."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
