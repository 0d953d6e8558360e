"""Instance and plan files: proto-JSON of ``Problem`` and ``Result``, plain (``.json``) or gzipped (``.json.gz``).

Written with one line an element of the top-level lists (a job, a placement), so that files are small, fast to write and
still compare line by line. The same content always gives the same bytes.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.document import (
    Document,
    jobs_from_document,
    object_from_pairs,
    problem_from_document,
    problem_to_document,
    result_from_document,
    result_to_document,
)
from optimizer.memory import collection_paused
from optimizer.problem import Job, Problem
from optimizer.solution import Result

#: Fields that only one of the two kinds of file has: who confuses them is told so, not field by field.
INSTANCE_FIELDS = frozenset({"sites", "jobs", "time_grid", "timeGrid"})
PLAN_FIELDS = frozenset({"termination", "placements"})
ALL_FIELDS = INSTANCE_FIELDS | PLAN_FIELDS
_GZIP_MAGIC = b"\x1f\x8b"


def read_problem(path: str | os.PathLike[str]) -> Problem:
    """Reads an instance file.

    Raises:
        InvalidProblemError: the file cannot be read or is no JSON (the violation's path is the file, the message names
            line and column), or the document is not one of a problem (paths are those of the fields).
    """
    with collection_paused():
        document = read_document(path)
        _refuse_kind(path, document, PLAN_FIELDS, "this is a plan, not an instance")
        return problem_from_document(document)


def write_problem(problem: Problem, path: str | os.PathLike[str]) -> None:
    """Writes an instance file, whole or not at all; gzipped where the name ends with ``.gz``.

    Raises:
        InvalidProblemError: a value has no JSON form, or the file cannot be written.
    """
    write_document(problem_to_document(problem), path)


def read_plan(path: str | os.PathLike[str]) -> Result:
    """Reads a plan file; errors as in ``read_problem``."""
    with collection_paused():
        document = read_document(path)
        _refuse_kind(path, document, INSTANCE_FIELDS, "this is an instance, not a plan")
        return result_from_document(document)


def read_jobs(path: str | os.PathLike[str]) -> tuple[Job, ...]:
    """The jobs of a file: a list of them as in an instance, or an instance, of which nothing else is read.

    Errors as in ``read_problem``; paths begin at ``jobs``.
    """
    with collection_paused():
        document = read_document(path)
        _refuse_kind(path, document, PLAN_FIELDS, "this is a plan, not a list of jobs")
        listed = document.get("jobs") if isinstance(document, dict) else document
        return jobs_from_document(listed)


def write_plan(result: Result, path: str | os.PathLike[str]) -> None:
    """Writes a plan file; as ``write_problem``."""
    write_document(result_to_document(result), path)


def read_document(path: str | os.PathLike[str]) -> object:
    """The JSON of a file, gunzipped where it is gzipped. Raises InvalidProblemError that names the file."""
    text = _text(path, _content(path))
    if not text.strip():
        raise _file_error(path, "EMPTY_FILE", "the file is empty")
    try:
        return json.loads(text, object_pairs_hook=object_from_pairs)
    except json.JSONDecodeError as error:
        message = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise _file_error(path, "MALFORMED_JSON", message) from None
    except RecursionError:
        raise _file_error(path, "MALFORMED_JSON", "the JSON is nested too deeply") from None
    except ValueError:
        message = f"a number has more than {sys.get_int_max_str_digits():,} digits"
        raise _file_error(path, "MALFORMED_JSON", message) from None


def _refuse_kind(path: str | os.PathLike[str], document: object, fields: frozenset[str], message: str) -> None:
    if isinstance(document, dict) and document.keys() & fields and not document.keys() & (ALL_FIELDS - fields):
        raise _file_error(path, "WRONG_KIND_OF_FILE", message)


def write_document(document: Document, path: str | os.PathLike[str]) -> None:
    """Writes a JSON document to a file beside the target, then moves it there."""
    target = Path(path)
    content = "".join(_lines(document)).encode()
    if target.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    try:
        if target.exists() and not target.is_file():  # a device or a pipe is written to, never replaced
            target.write_bytes(content)
        else:
            _replace(target, content)
    except OSError as error:
        raise _file_error(path, "UNWRITABLE_FILE", f"the file cannot be written: {error.strerror}") from None


def _replace(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _content(path: str | os.PathLike[str]) -> bytes:
    try:
        content = Path(path).read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP_MAGIC) else content
    except FileNotFoundError:
        raise _file_error(path, "FILE_NOT_FOUND", "there is no such file") from None
    except IsADirectoryError:
        raise _file_error(path, "NOT_A_FILE", "this is a directory, not a file") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _file_error(path, "MALFORMED_GZIP", f"the gzipped content is damaged: {error}") from None
    except OSError as error:
        raise _file_error(path, "UNREADABLE_FILE", f"the file cannot be read: {error.strerror}") from None


def _text(path: str | os.PathLike[str], content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        found = f"byte 0x{content[error.start]:02x} is not UTF-8 text; is this a JSON file?"
        raise _file_error(path, "NOT_TEXT", f"line {line}, column {column}: {found}") from None


def _lines(document: Document) -> Iterator[str]:
    """The document as text: top-level fields a line each, top-level lists an element a line."""
    separator = "{\n"
    for key, value in document.items():
        yield f"{separator} {_compact(key)}: "
        separator = ",\n"
        if isinstance(value, list) and value:
            yield "[\n  " + ",\n  ".join(map(_compact, value)) + "\n ]"
        else:
            yield _compact(value)
    yield "\n}\n" if document else "{}\n"


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def _file_error(path: str | os.PathLike[str], reason: str, message: str) -> InvalidProblemError:
    return InvalidProblemError([Violation(os.fspath(path), reason, message)])
