"""Names of modes, and the modes that follow from a work profile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.modes import derive_modes, expand, kinds_of, mode_name, modes_of
from optimizer.problem import GpuThroughput, Job, Mode, PowerCap, Problem, TimeGrid, WidthEfficiency, WorkProfile
from optimizer.units import round_up

HOUR = timedelta(hours=1)
PROFILE = WorkProfile(
    gpu_hours=100.0,
    throughputs=(
        GpuThroughput(gpu_model="H100", relative_speed=1.0, it_power_kw_per_gpu=1.25),
        GpuThroughput(gpu_model="GB300", relative_speed=2.5, it_power_kw_per_gpu=2.25),
    ),
    widths=(WidthEfficiency(gpu_count=8, efficiency=1.0), WidthEfficiency(gpu_count=16, efficiency=0.8)),
    power_caps=(PowerCap(power_share=1.0, speed_share=1.0), PowerCap(power_share=0.66, speed_share=0.84)),
)


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        (Mode(name="mine", gpu_model="H100", gpu_count=8, duration=HOUR), "mine"),
        (Mode(gpu_model="H100", gpu_count=8, duration=HOUR), "H100x8"),
        (Mode(gpu_model="A100", gpu_count=16, duration=HOUR, power_cap_w=250.0), "A100x16@250W"),
        (Mode(gpu_model="A100", gpu_count=16, duration=HOUR, power_cap_w=262.5), "A100x16@262.5W"),
        (Mode(gpu_model="A100", gpu_count=16, duration=HOUR, power_cap_w=100_000.0), "A100x16@100000W"),
        (Mode(duration=HOUR), "x0"),
    ],
)
def test_mode_name(mode: Mode, name: str) -> None:
    assert mode_name(mode) == name


def test_equal_modes_are_of_one_kind_whether_one_object_or_several() -> None:
    one, other = Mode(gpu_count=8, duration=timedelta(hours=1)), Mode(gpu_count=8, duration=timedelta(hours=2))
    equal = replace(one)
    assert kinds_of([other, one, equal, one, other]) == ([other, one], [0, 1, 1, 1, 0])
    assert kinds_of([]) == ([], [])


def test_every_model_width_and_cap() -> None:
    """100 GPU-hours on 8 GPUs are 12.5 h; 2.5 times as fast, 5 h; at 84 % of that speed, 5 h 57 min 8.57 s."""
    assert [
        (m.name, m.gpu_model, m.gpu_count, m.duration // timedelta(seconds=1), m.it_power_kw) for m in derive_modes(PROFILE)
    ] == [
        ("H100x8", "H100", 8, 45_000, 10.0),
        ("H100x8@66%", "H100", 8, 53_572, 6.6),
        ("H100x16", "H100", 16, 28_125, 20.0),
        ("H100x16@66%", "H100", 16, 33_483, 13.2),
        ("GB300x8", "GB300", 8, 18_000, 18.0),
        ("GB300x8@66%", "GB300", 8, 21_429, 11.88),
        ("GB300x16", "GB300", 16, 11_250, 36.0),
        ("GB300x16@66%", "GB300", 16, 13_393, 23.76),
    ]


def test_without_caps_modes_are_uncapped() -> None:
    modes = derive_modes(replace(PROFILE, power_caps=()))
    assert [m.name for m in modes] == ["H100x8", "H100x16", "GB300x8", "GB300x16"]
    assert all(m.power_cap_w is None and m.value is None and m.cost == 0 for m in modes)


def test_floats_mean_their_shortest_decimal() -> None:
    """0.1 x 3 GPUs x 0.7 is 210 W and not the 211 that binary fractions round up to; 0.3 h is 1,080 s and not 1,081."""
    profile = WorkProfile(
        gpu_hours=0.9,
        throughputs=(GpuThroughput(gpu_model="a", relative_speed=1.0, it_power_kw_per_gpu=0.1),),
        widths=(WidthEfficiency(gpu_count=3, efficiency=1.0),),
        power_caps=(PowerCap(power_share=0.7, speed_share=1.0), PowerCap(power_share=0.0725, speed_share=1.0)),
    )
    assert [(m.name, m.it_power_kw) for m in derive_modes(profile)] == [("ax3@70%", 0.21), ("ax3@7.25%", 0.022)]
    assert {m.duration for m in derive_modes(profile)} == {timedelta(seconds=1_080)}


def test_the_shortest_run_is_a_second() -> None:
    (mode,) = derive_modes(
        replace(PROFILE, gpu_hours=1e-6, throughputs=PROFILE.throughputs[:1], widths=PROFILE.widths[:1], power_caps=())
    )
    assert mode.duration == timedelta(seconds=1)


def test_only_the_same_with_more_gpus_is_dominated() -> None:
    """Two widths that draw and take the same: the wider one can do nothing the other cannot."""
    free = GpuThroughput(gpu_model="a", relative_speed=1.0, it_power_kw_per_gpu=0.0)
    widths = (WidthEfficiency(gpu_count=16, efficiency=0.5), WidthEfficiency(gpu_count=8, efficiency=1.0))
    profile = WorkProfile(gpu_hours=8.0, throughputs=(free,), widths=widths)
    assert [m.name for m in derive_modes(profile)] == ["ax8"]
    # with power the wider one draws more, which a negative price may reward: both stay
    drawing = replace(profile, throughputs=(replace(free, it_power_kw_per_gpu=1.0),))
    assert [m.name for m in derive_modes(drawing)] == ["ax16", "ax8"]
    # slower at the same power and width: dearer at any positive price, worth more at a negative one
    caps = (PowerCap(power_share=1.0, speed_share=1.0), PowerCap(power_share=0.999, speed_share=0.1))
    slow = replace(drawing, power_caps=caps, widths=widths[1:])
    assert [m.name for m in derive_modes(slow)] == ["ax8", "ax8@99.9%"]


def test_modes_of_and_expand() -> None:
    stated = Job(name="a", modes=(Mode(gpu_model="H100", gpu_count=8, duration=HOUR), Mode(name="b", duration=HOUR)))
    derived = Job(name="b", value=3.0, work_profile=PROFILE)
    assert [m.name for m in modes_of(stated)] == ["H100x8", "b"]
    assert modes_of(derived) == derive_modes(PROFILE)
    grid = TimeGrid(start_time=datetime(2026, 1, 1, tzinfo=UTC), slot_count=24)
    expanded = expand(Problem(time_grid=grid, jobs=(stated, derived)))
    assert [job.work_profile for job in expanded.jobs] == [None, None]
    assert expanded.jobs[1] == replace(derived, work_profile=None, modes=derive_modes(PROFILE))
    assert expand(expanded) == expanded


shares = st.integers(50, 1_000).map(lambda k: k / 1_000)


@given(
    st.integers(1, 10**6).map(lambda k: k / 100),
    st.integers(1, 5_000).map(lambda k: k / 100),
    st.integers(1, 512),
    shares,
    st.builds(PowerCap, power_share=shares, speed_share=shares),
)
def test_a_derived_mode_does_the_work_and_not_a_second_more(
    gpu_hours: float, speed: float, width: int, efficiency: float, cap: PowerCap
) -> None:
    throughput = GpuThroughput(gpu_model="a", relative_speed=speed, it_power_kw_per_gpu=1.1)
    widths = (WidthEfficiency(gpu_count=width, efficiency=efficiency),)
    (mode,) = derive_modes(WorkProfile(gpu_hours=gpu_hours, throughputs=(throughput,), widths=widths, power_caps=(cap,)))
    rate = Fraction(str(speed)) * width * Fraction(str(efficiency)) * Fraction(str(cap.speed_share))
    run_seconds = mode.duration // timedelta(seconds=1)
    work = Fraction(str(gpu_hours)) * 3_600
    assert run_seconds * rate >= work
    assert run_seconds == 1 or (run_seconds - 1) * rate < work
    power_w = Fraction("1100") * width * Fraction(str(cap.power_share))
    assert power_w <= round_up(mode.it_power_kw, 1_000) < power_w + 1
