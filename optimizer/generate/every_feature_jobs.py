"""The jobs of the half day that uses every feature (``optimizer.generate.every_feature``)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from optimizer.generate.every_feature_sites import HOUR, NOON
from optimizer.generate.hardware import GPU_MODELS, PUBLIC_POWER_CAP
from optimizer.generate.jobs import DEFAULT_EFFICIENCY
from optimizer.generate.node_modes import DOUBLE_WIDTH_GAIN, node_mode, running_on
from optimizer.problem import (
    AllocationGranularity,
    DataSet,
    Elasticity,
    GpuThroughput,
    Job,
    PowerCap,
    Preemption,
    ResourceUse,
    WidthEfficiency,
    WorkProfile,
)


def jobs() -> tuple[Job, ...]:
    return *_government(), *_fintech(), *_start_ups(), *_research()


def _government() -> tuple[Job, ...]:
    """Sovereign work, before all money: one job runs and must stay, one comes in the evening for its reserved nodes."""
    registry = Job(
        name="registry", tenant="uk-government", allowed_regions=("GB",), modes=(node_mode("H100", 1, 12),),
        running=running_on("slough-a-h100", "H100", 1, movable=False, nodes=(2,)),
    )  # fmt: skip
    census = Job(
        name="census", tenant="uk-government", value=45.0, priority_tier=1, allowed_regions=("GB",),
        earliest_start_time=_at(8), modes=(node_mode("H100", 2, 4, licences=1),),
    )  # fmt: skip
    return registry, census


def _fintech() -> tuple[Job, ...]:
    """One run pauses through the curtailed hours, another is scored after it, one changes its width and its power cap."""
    pauses = Preemption(
        max_pause_count=1, min_run_duration=2 * HOUR, resume_duration=HOUR / 3, resume_cost=1.5, vacate_duration=HOUR / 2
    )
    pretrain = Job(
        name="pretrain", tenant="fintech", value=60.0, allowed_regions=("GB",), preemption=pauses,
        modes=(node_mode("H100", 3, 5),),
        running=running_on("slough-a-h100", "H100", 3, move_cost=20.0, stop_cost=15.0, nodes=(0, 4, 5)),
    )  # fmt: skip
    score = Job(
        name="score",
        tenant="fintech",
        value=12.0,
        due_time=_at(9),
        tardiness_cost_per_hour=1.0,
        modes=(node_mode("H100", 1, 1),),
    )
    tune = Job(
        name="tune", tenant="fintech", value=40.0, allowed_regions=("GB",), latest_end_time=_at(11),
        modes=(node_mode("A100", 2, 12), node_mode("A100", 2, 12, capped=True), node_mode("A100", 4, 12 / DOUBLE_WIDTH_GAIN)),
        elasticity=Elasticity(
            max_change_count=2, change_duration=HOUR / 6, change_cost=0.5, min_run_duration=HOUR, work_step_count=84
        ),
    )  # fmt: skip
    return pretrain, score, tune


def _start_ups() -> tuple[Job, ...]:
    """A borrower, two replicas apart, work in whole racks, work by its profile, a data set in Norway, a job that shrinks."""
    leaves = Preemption(
        max_pause_count=1, min_run_duration=HOUR, resume_duration=HOUR / 6, resume_cost=0.5, checkpoint_size_gb=400.0,
        may_resume_elsewhere=True, vacate_duration=HOUR / 12,
    )  # fmt: skip
    sweep = Job(
        name="sweep", tenant="start-ups", value=30.0, denied_regions=("NO",), preemption=leaves,
        modes=(node_mode("H100", 3, 4),),
    )  # fmt: skip
    ablation = Job(
        name="ablation", tenant="start-ups", value=9.0,
        modes=(node_mode("A100", 2, 4), node_mode("A100", 1, 4 * DOUBLE_WIDTH_GAIN)),
        running=running_on("slough-b-a100", "A100", 2, move_cost=4.0, resize_cost=0.5, stop_cost=0.5, nodes=(1, 3)),
    )  # fmt: skip
    replica_a = Job(
        name="replica-a",
        tenant="start-ups",
        value=20.0,
        allowed_sites=("slough", "oslo"),
        modes=(node_mode("H100", 2, 3), node_mode("B200", 2, 2), node_mode("GB200", 2, 2)),
    )
    replica_b = Job(
        name="replica-b",
        tenant="start-ups",
        value=14.0,
        denied_sites=("loughton",),
        modes=(node_mode("H100", 1, 3), node_mode("B200", 1, 2), node_mode("GB200", 1, 2)),
    )
    experts = Job(
        name="experts",
        tenant="start-ups",
        value=50.0,
        modes=(node_mode("GB200", 4, 5, granularity=AllocationGranularity.DOMAIN),),
    )
    profile = WorkProfile(
        gpu_hours=80.0,
        throughputs=tuple(
            GpuThroughput(
                gpu_model=name,
                relative_speed=GPU_MODELS[name].speed,
                it_power_kw_per_gpu=round(GPU_MODELS[name].it_power_kw, 4),
            )
            for name in ("H100", "GB200")
        ),
        widths=(WidthEfficiency(gpu_count=8, efficiency=1.0), WidthEfficiency(gpu_count=16, efficiency=DEFAULT_EFFICIENCY)),
        power_caps=(PowerCap(power_share=1.0, speed_share=1.0), PUBLIC_POWER_CAP),
    )
    distil = Job(name="distil", tenant="start-ups", value=36.0, denied_sites=("slough",), work_profile=profile)
    genome = Job(
        name="genome", tenant="start-ups", value=28.0,
        data_set=DataSet(sites=("oslo",), size_gb=1_600.0),
        modes=(replace(node_mode("H100", 2, 3, nvme=4), sites=("slough",)),),
    )  # fmt: skip
    draft = Job(name="draft", tenant="start-ups", value=12.0, modes=(node_mode("GB200", 2, 3),))
    return sweep, ablation, replica_a, replica_b, experts, distil, genome, draft


def _research() -> tuple[Job, ...]:
    """What the floor on the tenant's share is for, with data in Britain; and two of one model, of which one can be audited."""
    climate = Job(
        name="climate", tenant="nordic-research", value=16.0,
        data_set=DataSet(sites=("slough",), size_gb=1_200.0), modes=(node_mode("B200", 3, 4),),
    )  # fmt: skip
    rack = node_mode("GB300", 4, 3)
    audited = replace(
        rack, name="audited", duration=4 * HOUR, value=24.0, cost=1.5, liquid_heat_kw=25.0, air_heat_kw=4.0,
        resource_uses=(ResourceUse(name="audits", amount=1),), pools=("glomfjord-a-gb300",),
    )  # fmt: skip
    align = Job(name="align", value=18.0, modes=(rack, audited, node_mode("B200", 2, 4)))
    steer = Job(name="steer", value=15.0, modes=(rack, audited))
    return climate, align, steer


def _at(hour: float) -> datetime:
    return NOON + hour * HOUR
