"""Names: their form, that they are unique, and that whatever is referred to exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from unicodedata import category

from optimizer.errors import Violation
from optimizer.validate.ranges import field_of, show
from optimizer.validate.reasons import Reason

MAX_NAME_LENGTH = 256
#: Control characters, lone surrogates, line and paragraph separators.
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: Looking for a similar name is slow: it is done for this many unknown names, against this many known ones.
SUGGESTION_COUNT = 20
SUGGESTION_CANDIDATE_COUNT = 1_000


def check_name(path: str, name: str) -> Iterator[Violation]:
    """Not empty, and otherwise as ``check_label``."""
    if not name:
        message = f"{field_of(path)} is empty; it must have 1 to {MAX_NAME_LENGTH} characters"
        yield Violation(path, Reason.EMPTY_NAME, message)
    elif not is_plain(name):
        yield from check_label(path, name)


def is_plain(name: str) -> bool:
    """Whether ``name`` is a good name at first sight: not empty, not too long, and every character can be shown."""
    return 0 < len(name) <= MAX_NAME_LENGTH and name.isprintable()


def are_plain(names: Collection[str]) -> bool:
    """Whether all of ``names`` are."""
    return all(names) and max(map(len, names), default=0) <= MAX_NAME_LENGTH and "".join(names).isprintable()


def check_label(path: str, name: str) -> Iterator[Violation]:
    """At most 256 characters, none of them a control character; may be empty."""
    if len(name) > MAX_NAME_LENGTH:
        message = f"{field_of(path)} {show(name)} has {len(name)} characters; it must have at most {MAX_NAME_LENGTH}"
        yield Violation(path, Reason.NAME_TOO_LONG, message)
    if not name.isprintable() and any(category(character) in FORBIDDEN_CATEGORIES for character in name):
        message = f"{field_of(path)} {show(name)} holds a control character; names are printable text"
        yield Violation(path, Reason.CONTROL_CHARACTER, message)


def check_unique(items: Iterable[tuple[str, str]]) -> Iterator[Violation]:
    """No two of the (path, name) share a name; empty ones are not names."""
    first: dict[str, str] = {}
    for path, name in items:
        if name and first.setdefault(name, path) is not path:
            message = f"{field_of(path)} {show(name)} is taken already, by {first[name]}; names must be unique"
            yield Violation(path, Reason.DUPLICATE_NAME, message)


def check_no_repeats(path: str, entries: Collection[object]) -> Iterator[Violation]:
    """No entry of the list at ``path`` stands there twice."""
    if len(set(entries)) == len(entries):
        return
    seen: set[object] = set()
    for index, entry in enumerate(entries):
        if entry in seen:
            message = f"{field_of(path)} holds {show(entry)} more than once; each entry must differ"
            yield Violation(f"{path}[{index}]", Reason.DUPLICATE_ENTRY, message)
        seen.add(entry)


class Known:
    """The names of one kind (sites, pools, jobs, ...) that a reference may use."""

    def __init__(self, kind: str, names: Iterable[str]) -> None:
        """``names`` are read when one is first asked for: most fleets name no job but in its own place."""
        self.kind = kind
        self._given = names
        self._suggestions_left = SUGGESTION_COUNT

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._given)

    def check(self, path: str, name: str) -> Iterator[Violation]:
        """``name`` exists; a similar one is suggested where it does not."""
        if name not in self.names:
            message = f"{field_of(path)} {show(name)} is no {self.kind} of this problem{self._suggestion(name)}"
            yield Violation(path, Reason.UNKNOWN_NAME, message)

    def check_all(self, path: str, names: tuple[str, ...]) -> Iterator[Violation]:
        """Every one of ``names``, a list at ``path``, exists."""
        if not self.names.issuperset(names):
            for index, name in enumerate(names):
                yield from self.check(f"{path}[{index}]", name)

    @cached_property
    def _candidates(self) -> list[str]:
        return sorted(self.names)[:SUGGESTION_CANDIDATE_COUNT]

    @cached_property
    def _by_folded(self) -> dict[str, str]:
        return {name.casefold(): name for name in self.names}

    def _suggestion(self, name: str) -> str:
        similar = self._by_folded.get(name.casefold())
        if similar is None and self._suggestions_left and len(name) <= MAX_NAME_LENGTH:
            self._suggestions_left -= 1
            similar = next(iter(get_close_matches(name, self._candidates, n=1)), None)
        return "" if similar is None else f"; did you mean {show(similar)}?"
