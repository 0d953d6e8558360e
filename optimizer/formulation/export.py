"""The reference model as an LP or MPS file, for any solver that reads one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from optimizer.columns.table import Columns
from optimizer.errors import EngineUnavailableError, InvalidProblemError, Violation
from optimizer.formulation.itinerary_columns import MOST_ITINERARIES, all_itineraries

ExportFormat = Literal["lp", "mps"]
#: What Pyomo calls them; it warns of a file whose name does not end as the format it knows.
_PYOMO_NAMES = {"lp": "cpxlp", "mps": "mps"}


def export(columns: Columns, path: str | Path, format: ExportFormat) -> None:
    """Write the model to ``path``; names read ``x(window_start)``, ``y(itinerary)``, ``limit(limit_slot)`` and so on.

    Both files minimise or maximise as their format can say; micro-units, watts and nodes are whole numbers throughout. The
    objective is the plan's: stops that no placement saves are in it as a constant.

    Raises:
        EngineUnavailableError: Pyomo is not installed.
        ValueError: an unknown format.
        InvalidProblemError: a file would have to list more runs in pieces than it can.
    """
    if format not in _PYOMO_NAMES:
        raise ValueError(f"format is {format!r}; it must be 'lp' or 'mps'")
    itineraries = all_itineraries(columns)
    if itineraries is None:
        message = (
            f"the jobs that may pause or change have more than {MOST_ITINERARIES:,} runs in pieces; a file lists each of them"
        )
        raise InvalidProblemError([Violation("jobs", "TOO_LARGE", message)])
    try:
        from optimizer.formulation.pyomo_model import build

        model = build(columns, itineraries)
        model.worth.expr += columns.constant
    except ModuleNotFoundError as missing:
        raise EngineUnavailableError("pyomo", f"{missing.name} is not installed") from missing
    model.write(str(path), format=_PYOMO_NAMES[format], io_options={"symbolic_solver_labels": True})
