"""The best known answer to each shipped instance: ``best_known.json`` beside the files, kept by the benchmark.

{"instances": [{"instance": "small.json", "format": "", "published": null,
                "objective_micros": 1, "bound_micros": 2, "proved": false, "source": "..."}]}
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from optimizer.errors import InvalidProblemError, Violation
from optimizer.io.files import read_document

FILE_NAME = "best_known.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BestKnown:
    """What is known of one instance; None is not known yet.

    Attributes:
        instance: the file's path from the folder of ``best_known.json``, with ``/``.
        format: the importer that reads it; empty for an instance file of ours.
        published: the optimum as its source prints it (a cost where the source minimises).
        objective_micros: the best objective of a verified plan, in micro-units; costs count negative.
        bound_micros: no plan is worth more, in micro-units.
        proved: whether the objective is the optimum.
        source: who found or proved it.
    """

    instance: str
    format: str = ""
    published: float | None = None
    objective_micros: int | None = None
    bound_micros: int | None = None
    proved: bool = False
    source: str = ""

    def improved_by(self, objective_micros: int | None, bound_micros: int | None, source: str) -> BestKnown:
        """The record with the better of both plans and bounds; itself where nothing got better."""
        objectives = [o for o in (self.objective_micros, objective_micros) if o is not None]
        bounds = [b for b in (self.bound_micros, bound_micros) if b is not None]
        best, bound = max(objectives, default=None), min(bounds, default=None)
        if (best, bound) == (self.objective_micros, self.bound_micros):
            return self
        proved = self.proved or (best is not None and best == bound)
        return replace(self, objective_micros=best, bound_micros=bound, proved=proved, source=source)


def read_best_known(folder: Path) -> dict[str, BestKnown]:
    """The records of ``folder/best_known.json`` by instance, in the file's order.

    Raises:
        InvalidProblemError: the file cannot be read, is no JSON, or a record has unknown or missing fields.
    """
    path = folder / FILE_NAME
    document = read_document(path)
    items = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise _malformed(path, "instances", "expected a list of records")
    records = [_record(path, index, item) for index, item in enumerate(items)]
    return {record.instance: record for record in records}


def write_best_known(folder: Path, records: Iterable[BestKnown]) -> None:
    """Writes ``folder/best_known.json``, one record a line."""
    lines = ",\n".join(f"  {json.dumps(asdict(record))}" for record in records)
    (folder / FILE_NAME).write_text(f'{{"instances": [\n{lines}\n]}}\n', encoding="utf-8")


#: Field name to the JSON kinds it may have.
_KINDS: dict[str, tuple[type, ...]] = {
    "instance": (str,),
    "format": (str,),
    "published": (int, float, type(None)),
    "objective_micros": (int, type(None)),
    "bound_micros": (int, type(None)),
    "proved": (bool,),
    "source": (str,),
}


def _record(path: Path, index: int, item: object) -> BestKnown:
    where = f"instances[{index}]"
    if not isinstance(item, dict) or set(item) != {field.name for field in fields(BestKnown)}:
        raise _malformed(path, where, f"expected an object with exactly the fields {', '.join(_KINDS)}")
    for name, kinds in _KINDS.items():
        if not isinstance(item[name], kinds) or (isinstance(item[name], bool) and bool not in kinds):
            raise _malformed(path, f"{where}.{name}", f"found {item[name]!r}, which is of the wrong kind")
    return BestKnown(**item)


def _malformed(path: Path, where: str, message: str) -> InvalidProblemError:
    return InvalidProblemError([Violation(f"{path}: {where}", "MALFORMED_FILE", message)])
