"""Public measurements of how training speed depends on GPU model, width and power cap, as parts of a ``WorkProfile``.

The files lie in ``optimizer/data``, whose README gives origin and licence. Speeds and efficiencies are rounded down,
power up, to four decimals, so a mode built from them promises no more than was measured.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from importlib.resources import files
from typing import NoReturn

from optimizer.errors import InvalidProblemError, Violation
from optimizer.modes import UNCAPPED
from optimizer.problem import GpuThroughput, PowerCap, WidthEfficiency

_STEP = Decimal("0.0001")


def power_cap_workloads(gpu: str) -> tuple[tuple[str, int], ...]:
    """(workload, batch size) of every power-cap curve measured on ``gpu`` (``a40`` or ``v100``)."""
    return tuple(_power_measurements(gpu))


def power_cap_curve(gpu: str, workload: str, batch_size: int | None = None) -> tuple[PowerCap, ...]:
    """Power caps of ``workload`` (such as ``imagenet/resnet50``) on ``gpu``, strongest cap first, uncapped last.

    Shares are those of the measured mean power and speed, relative to the highest power limit. A cap that another one
    beats in both power and speed is left out. ``batch_size`` defaults to the largest measured.
    """
    measured = _power_measurements(gpu)
    size = _chosen_size(measured, workload, batch_size, "workload")
    by_limit = measured[workload, size]
    free_seconds, free_watts = by_limit[max(by_limit)]
    caps = [
        PowerCap(power_share=_up(watts / free_watts), speed_share=min(1.0, _down(free_seconds / seconds)))
        for seconds, watts in by_limit.values()
        if _up(watts / free_watts) < 1
    ]
    return (*_efficient(caps), UNCAPPED)


def scaling_models() -> tuple[tuple[str, int], ...]:
    """(model, global batch size) of every scaling curve."""
    return tuple(_scaling_measurements())


def scaling_curve(model: str, global_batch_size: int | None = None) -> tuple[WidthEfficiency, ...]:
    """How well ``model`` (such as ``bert``) uses 1, 2, 4 ... 64 A100s: speed per GPU relative to the fewest measured.

    Widths that are no faster than a smaller one are left out. ``global_batch_size`` defaults to the largest measured.
    """
    measured = _scaling_measurements()
    size = _chosen_size(measured, model, global_batch_size, "model")
    by_width = measured[model, size]
    alone = by_width[min(by_width)] / min(by_width)
    widths, fastest = [], 0.0
    for gpu_count, speed in sorted(by_width.items()):
        if speed > fastest:
            fastest = speed
            efficiency = min(1.0, _down(speed / gpu_count / alone))
            widths.append(WidthEfficiency(gpu_count=gpu_count, efficiency=efficiency))
    return tuple(widths)


def throughput_workloads() -> tuple[str, ...]:
    """Every workload with measured throughputs, such as ``ResNet-50 (batch size 64)``."""
    return tuple(_throughput_measurements())


def throughputs(workload: str, reference: str, it_power_kw_per_gpu: Mapping[str, float]) -> tuple[GpuThroughput, ...]:
    """Speed of ``workload`` on each GPU of ``it_power_kw_per_gpu`` (``k80 p100 v100``), relative to ``reference``.

    The measurements hold no power, so the caller gives the all-in IT power of one GPU, kW, by GPU model.
    """
    measured = _throughput_measurements()
    by_gpu = measured.get(workload) or _refuse("workload", workload, measured)
    for gpu in (reference, *it_power_kw_per_gpu):
        if gpu not in by_gpu:
            _refuse("gpu", gpu, by_gpu)
    return tuple(
        GpuThroughput(gpu_model=gpu, relative_speed=_down(by_gpu[gpu] / by_gpu[reference]), it_power_kw_per_gpu=power_kw)
        for gpu, power_kw in it_power_kw_per_gpu.items()
    )


def _efficient(caps: list[PowerCap]) -> list[PowerCap]:
    """The caps that no other beats, by rising power; each is faster than all that draw less."""
    kept: list[PowerCap] = []
    for cap in sorted(caps, key=lambda cap: (cap.power_share, -cap.speed_share)):
        if not kept or cap.speed_share > kept[-1].speed_share:
            kept.append(cap)
    return kept


@cache
def _power_measurements(gpu: str) -> dict[tuple[str, int], dict[int, tuple[float, float]]]:
    """(workload, batch size) to power limit in W to (seconds an epoch, mean W)."""
    if gpu not in ("a40", "v100"):
        _refuse("gpu", gpu, ("a40", "v100"))
    curves: dict[tuple[str, int], dict[int, tuple[float, float]]] = {}
    for row in _rows(f"zeus_power_caps_{gpu}.csv"):
        curve = curves.setdefault((f"{row['dataset']}/{row['network']}", int(row["batch_size"])), {})
        curve[int(row["power_limit"])] = (float(row["time_per_epoch"]), float(row["average_power"]))
    return curves


@cache
def _scaling_measurements() -> dict[tuple[str, int], dict[int, float]]:
    """(model, global batch size) to GPU count to iterations a second."""
    curves: dict[tuple[str, int], dict[int, float]] = {}
    for row in _rows("elasticflow_a100_scaling.csv"):
        curve = curves.setdefault((row["model"], int(row["global_batch_size"])), {})
        curve[int(row["gpu_count"])] = float(row["iterations_per_s"])
    return curves


@cache
def _throughput_measurements() -> dict[str, dict[str, float]]:
    """Workload to GPU model to steps a second of one GPU; what did not run there is absent."""
    speeds: dict[str, dict[str, float]] = {}
    for row in _rows("gavel_throughputs.csv"):
        if row["num_gpus"] == "1" and float(row["steps_per_s"]) > 0:
            speeds.setdefault(row["job_type"], {})[row["gpu_type"]] = float(row["steps_per_s"])
    return speeds


def _rows(name: str) -> Iterable[dict[str, str]]:
    text = (files("optimizer") / "data" / name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def _chosen_size(measured: Iterable[tuple[str, int]], name: str, size: int | None, what: str) -> int:
    sizes = [s for n, s in measured if n == name]
    if not sizes:
        _refuse(what, name, sorted({n for n, _ in measured}))
    if size is not None and size not in sizes:
        _refuse("batch size", size, sorted(sizes))
    return max(sizes) if size is None else size


def _refuse(what: str, asked: object, known: Iterable[object]) -> NoReturn:
    choices = ", ".join(str(name) for name in known)
    message = f"no measurement has {what} {asked!r}; there are: {choices}"
    raise InvalidProblemError([Violation(what.replace(" ", "_"), "UNKNOWN_NAME", message)])


def _up(share: float) -> float:
    return float(Decimal(repr(share)).quantize(_STEP, ROUND_CEILING))


def _down(share: float) -> float:
    return float(Decimal(repr(share)).quantize(_STEP, ROUND_FLOOR))
