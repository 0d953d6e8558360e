"""Rules of the ways to run a job: its modes, or the work profile they are derived from."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import Violation
from optimizer.modes import UNCAPPED, duration_seconds, mode_name
from optimizer.problem import Mode, WorkProfile
from optimizer.units import SECONDS_PER_HOUR
from optimizer.validate import ranges
from optimizer.validate.directory import Directory
from optimizer.validate.names import check_label, check_no_repeats, check_unique
from optimizer.validate.ranges import Rules, check_duration, check_number, check_numbers
from optimizer.validate.reasons import Reason

MODE_NUMBERS: Rules = (
    ("gpu_count", ranges.GPU_COUNT),
    ("it_power_kw", ranges.POWER_KW),
    ("power_cap_w", ranges.POWER_CAP_W),
    ("value", ranges.MONEY),
    ("cost", ranges.MONEY),
    ("liquid_heat_kw", ranges.POWER_KW),
    ("air_heat_kw", ranges.POWER_KW),
)
PROFILE_NUMBERS: Rules = (("gpu_hours", ranges.GPU_HOURS),)
THROUGHPUT_NUMBERS: Rules = (
    ("relative_speed", ranges.RELATIVE_SPEED),
    ("it_power_kw_per_gpu", ranges.GPU_POWER_KW),
)
WIDTH_NUMBERS: Rules = (("gpu_count", ranges.WIDTH), ("efficiency", ranges.POSITIVE_SHARE))
CAP_NUMBERS: Rules = (("power_share", ranges.POSITIVE_SHARE), ("speed_share", ranges.POSITIVE_SHARE))

LEAST_GPUS, MOST_GPUS = ranges.GPU_COUNT.low, ranges.GPU_COUNT.high
LEAST_CAP_W, MOST_CAP_W = ranges.POWER_CAP_W.low, ranges.POWER_CAP_W.high
SHORTEST_RUN, LONGEST_RUN = ranges.RUN_DURATION.low, ranges.RUN_DURATION.high


def check_modes(path: str, modes: tuple[Mode, ...], names: Directory) -> Iterator[Violation]:
    """Every mode by itself, and their names, given or derived, against each other."""
    for k, mode in enumerate(modes):
        yield from check_mode(f"{path}.modes[{k}]", mode, names)
    if len(modes) > 1:
        yield from check_mode_names(path, modes)


def check_mode(path: str, mode: Mode, names: Directory) -> Iterator[Violation]:
    duration = mode.duration
    if mode.name:
        yield from check_label(f"{path}.name", mode.name)
    if duration.microseconds or not SHORTEST_RUN <= duration <= LONGEST_RUN:
        yield from check_duration(f"{path}.duration", duration, ranges.RUN_DURATION)
    yield from check_numbers(path, mode, MODE_NUMBERS)
    if mode.gpu_model not in names.gpu_models.names:
        yield from check_gpu_model(f"{path}.gpu_model", mode.gpu_model, names)
    if mode.pools:
        yield from names.pools.check_all(f"{path}.pools", mode.pools)
    if mode.sites:
        yield from names.sites.check_all(f"{path}.sites", mode.sites)
    if mode.resource_uses:
        yield from check_resource_uses(path, mode, names)


def check_gpu_model(path: str, gpu_model: str, names: Directory) -> Iterator[Violation]:
    """Empty (any pool), or the model of a pool. Where the fleet has no pool, every job is unplaced, not wrong."""
    if gpu_model and names.gpu_models.names:
        yield from names.gpu_models.check(path, gpu_model)


def check_resource_uses(path: str, mode: Mode, names: Directory) -> Iterator[Violation]:
    """Each resource exists somewhere, stands once, and its amount is in range."""
    yield from check_no_repeats(f"{path}.resource_uses", [use.name for use in mode.resource_uses])
    for r, use in enumerate(mode.resource_uses):
        yield from names.resources.check(f"{path}.resource_uses[{r}].name", use.name)
        yield from check_number(f"{path}.resource_uses[{r}].amount", use.amount, ranges.RESOURCE_AMOUNT)


def check_mode_names(path: str, modes: tuple[Mode, ...]) -> Iterator[Violation]:
    """Unique within the job; a mode whose numbers make no name is reported for those instead."""
    names = [mode_name(mode) if nameable(mode) else "" for mode in modes]
    if len(set(names)) < len(names):
        yield from check_unique((f"{path}.modes[{k}].name", name) for k, name in enumerate(names))


def nameable(mode: Mode) -> bool:
    """Whether the numbers a default name is made of are in range."""
    cap = mode.power_cap_w
    return LEAST_GPUS <= mode.gpu_count <= MOST_GPUS and (cap is None or LEAST_CAP_W <= cap <= MOST_CAP_W)


def check_work_profile(path: str, profile: WorkProfile | None, names: Directory) -> Iterator[Violation]:
    """Every part by itself; only if all are right, the longest run that follows from them."""
    if profile is None:
        return
    wrong = False
    for violation in _check_profile_parts(path, profile, names):
        wrong = True
        yield violation
    if not wrong:
        yield from check_longest_run(path, profile)


def check_profile_lists(path: str, profile: WorkProfile) -> Iterator[Violation]:
    """At least one GPU model and one width; no model, width or power share twice."""
    if not profile.throughputs:
        yield Violation(f"{path}.throughputs", Reason.MISSING, "throughputs is empty; give at least one GPU model")
    if not profile.widths:
        yield Violation(f"{path}.widths", Reason.MISSING, "widths is empty; give at least one GPU count")
    yield from check_no_repeats(f"{path}.throughputs", [part.gpu_model for part in profile.throughputs])
    yield from check_no_repeats(f"{path}.widths", [part.gpu_count for part in profile.widths])
    yield from check_no_repeats(f"{path}.power_caps", [part.power_share for part in profile.power_caps])


def check_longest_run(path: str, profile: WorkProfile) -> Iterator[Violation]:
    """The slowest of the derived modes ends within the longest duration a mode may have."""
    throughput = min(profile.throughputs, key=lambda part: part.relative_speed)
    width = min(profile.widths, key=lambda part: part.gpu_count * part.efficiency)
    cap = min(profile.power_caps, key=lambda part: part.speed_share, default=UNCAPPED)
    hours = duration_seconds(profile.gpu_hours, throughput, width, cap) / SECONDS_PER_HOUR
    longest_hours = LONGEST_RUN.total_seconds() / SECONDS_PER_HOUR
    if hours > longest_hours:
        message = (
            f"gpu_hours is {profile.gpu_hours!r}, which takes {hours:.6g} h on {width.gpu_count} GPUs of "
            f"{throughput.gpu_model!r} at the slowest cap; a run must be in [1 s, {longest_hours:.6g} h]"
        )
        yield Violation(f"{path}.gpu_hours", Reason.OUT_OF_RANGE, message)


def _check_profile_parts(path: str, profile: WorkProfile, names: Directory) -> Iterator[Violation]:
    yield from check_numbers(path, profile, PROFILE_NUMBERS)
    yield from check_profile_lists(path, profile)
    for k, throughput in enumerate(profile.throughputs):
        yield from check_gpu_model(f"{path}.throughputs[{k}].gpu_model", throughput.gpu_model, names)
        yield from check_numbers(f"{path}.throughputs[{k}]", throughput, THROUGHPUT_NUMBERS)
    for k, width in enumerate(profile.widths):
        yield from check_numbers(f"{path}.widths[{k}]", width, WIDTH_NUMBERS)
    for k, cap in enumerate(profile.power_caps):
        yield from check_numbers(f"{path}.power_caps[{k}]", cap, CAP_NUMBERS)
