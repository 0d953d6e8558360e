"""Which instances, engines and limits make a suite."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from optimizer.io.best_known import read_best_known

ROOT = Path(__file__).resolve().parent.parent
UK_NO = ROOT / "instances" / "uk-no"
PUBLIC = ROOT / "instances" / "benchmarks"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance file, or a public file with the format that reads it. ``optimum_micros`` is known where it is proved."""

    name: str
    path: Path
    import_format: str = ""
    optimum_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """Every instance is solved by every engine within ``time_limit_seconds``."""

    name: str
    instances: tuple[Instance, ...]
    engines: tuple[str, ...]
    time_limit_seconds: float


def _uk_no(*names: str) -> tuple[Instance, ...]:
    found = (next(UK_NO.glob(f"{name}.json*"), None) for name in names)
    return tuple(Instance(name=path.name.split(".")[0], path=path) for path in found if path)


def _public() -> tuple[Instance, ...]:
    """Every shipped public file, with the optimum that ``best_known.json`` states for it where it is proved."""
    return tuple(
        Instance(
            name=known.instance,
            path=PUBLIC / known.instance,
            import_format=known.format,
            optimum_micros=known.objective_micros if known.proved else None,
        )
        for known in read_best_known(PUBLIC).values()
    )


def suites() -> dict[str, Suite]:
    """The suites by name."""
    all_engines = ("greedy", "price", "highs", "cp_sat", "pyomo", "auto")
    return {
        suite.name: suite
        for suite in (
            Suite("smoke", _uk_no("tiny"), all_engines, 5.0),
            Suite("uk-no", _uk_no("tiny", "small", "medium", "large"), all_engines, 60.0),
            Suite("public", _public(), ("auto",), 60.0),
        )
    }
