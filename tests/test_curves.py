"""The public curves fit a work profile, and hold what their sources measured."""

from __future__ import annotations

import pytest

from optimizer import curves
from optimizer.errors import InvalidProblemError
from optimizer.modes import derive_modes
from optimizer.problem import GpuThroughput, PowerCap, WidthEfficiency, WorkProfile


def test_a_power_cap_curve_against_its_measurements() -> None:
    """ResNet-50, batch size 360, V100: 143.76 W and 4,179.75 s at 150 W; 217.54 W and 3,519.50 s at the limit of 250 W."""
    caps = curves.power_cap_curve("v100", "imagenet/resnet50")
    assert caps[-1] == PowerCap(power_share=1.0, speed_share=1.0)
    assert caps[2] == PowerCap(power_share=0.6609, speed_share=0.842)
    assert len(caps) == 7


@pytest.mark.parametrize("gpu", ["a40", "v100"])
def test_every_power_cap_curve_is_a_frontier(gpu: str) -> None:
    assert len(curves.power_cap_workloads(gpu)) > 30
    for workload, batch_size in curves.power_cap_workloads(gpu):
        caps = curves.power_cap_curve(gpu, workload, batch_size)
        powers = [cap.power_share for cap in caps]
        assert powers == sorted(set(powers))
        assert powers[-1] == 1
        # the uncapped point may be no faster than a cap; all others each earn their power
        speeds = [cap.speed_share for cap in caps[:-1]]
        assert speeds == sorted(set(speeds))
        assert all(0 < share <= 1 for cap in caps for share in (cap.power_share, cap.speed_share))


def test_a_scaling_curve_against_its_measurements() -> None:
    """BERT at a global batch size of 128: 3.5749, 5.6794, 8.4509, 9.9942, 10.7676 iterations a second, then slower."""
    expected = [(1, 1.0), (2, 0.7943), (4, 0.5909), (8, 0.3494), (16, 0.1882)]
    assert [(w.gpu_count, w.efficiency) for w in curves.scaling_curve("bert")] == expected
    assert curves.scaling_curve("bert", 128) == curves.scaling_curve("bert")
    assert curves.scaling_curve("bert", 64) != curves.scaling_curve("bert")


def test_every_width_of_a_scaling_curve_is_faster_than_those_below() -> None:
    assert {model for model, _ in curves.scaling_models()} == {"bert", "deepspeech2", "gpt2", "inception3", "resnet50", "vgg16"}
    for model, batch_size in curves.scaling_models():
        speeds = [width.gpu_count * width.efficiency for width in curves.scaling_curve(model, batch_size)]
        assert speeds == sorted(set(speeds))
        assert speeds[0] == 1


def test_throughputs_are_relative_to_the_reference() -> None:
    workload = "ResNet-50 (batch size 64)"
    assert curves.throughputs(workload, "v100", {"v100": 0.4, "k80": 0.3}) == (
        GpuThroughput(gpu_model="v100", relative_speed=1.0, it_power_kw_per_gpu=0.4),
        GpuThroughput(gpu_model="k80", relative_speed=0.1408, it_power_kw_per_gpu=0.3),
    )
    for name in curves.throughput_workloads():
        assert all(t.relative_speed > 0 for t in curves.throughputs(name, "p100", {"p100": 0.3}))


def test_a_profile_of_curves_gives_modes() -> None:
    profile = WorkProfile(
        gpu_hours=200.0,
        throughputs=curves.throughputs("ResNet-50 (batch size 64)", "v100", {"v100": 0.4, "p100": 0.35}),
        widths=curves.scaling_curve("resnet50"),
        power_caps=curves.power_cap_curve("v100", "imagenet/resnet50"),
    )
    modes = derive_modes(profile)
    assert len(modes) == len(profile.throughputs) * len(profile.widths) * len(profile.power_caps)
    assert len({mode.name for mode in modes}) == len(modes)
    assert isinstance(profile.widths[0], WidthEfficiency)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: curves.power_cap_curve("h100", "imagenet/resnet50"), "gpu 'h100'; there are: a40, v100"),
        (lambda: curves.power_cap_curve("a40", "resnet50"), "imagenet/resnet50"),
        (lambda: curves.power_cap_curve("a40", "imagenet/resnet50", 3), "batch size 3"),
        (lambda: curves.scaling_curve("llama"), "bert"),
        (lambda: curves.scaling_curve("bert", 1), "64, 128"),
        (lambda: curves.throughputs("BERT", "v100", {}), "ResNet-18"),
        (lambda: curves.throughputs("A3C", "h100", {"v100": 1.0}), "'h100'"),
        (lambda: curves.throughputs("A3C", "v100", {"h100": 1.0}), "'h100'"),
    ],
)
def test_what_was_not_measured_is_refused_with_what_was(ask: object, words: str) -> None:
    with pytest.raises(InvalidProblemError, match="no measurement has") as raised:
        ask()  # type: ignore[operator]
    assert words in str(raised.value)
