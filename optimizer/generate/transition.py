"""A week of a mining site that becomes an AI site: rigs, graphics processors and one grid connection.

The site is Glomfjord's size and stands in the price zone of southern Norway, whose week ends with a day at ten times the price.
One hall keeps its mining rigs. Another is converted: every day from the second on, a batch of B200 nodes comes into service and
some of its old rigs leave. A third has H200 nodes already. All share the connection; rigs and nodes of the converted hall share
its feed and its air cooling too. What a rig earns follows from the hash price; sources are in ``instances/uk-no/README.md``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta

from optimizer.generate.draws import Draws
from optimizer.generate.fleet import COOLING_MARGIN, OVERHEAD_SHARE, Number, compact
from optimizer.generate.hardware import GPU_MODELS, GpuModel
from optimizer.generate.node_modes import node_mode
from optimizer.generate.series import START_TIME, WEEK_HOURS, Climate, climates
from optimizer.problem import FlexibleLoad, GpuPool, Hall, Job, Mode, Problem, Series, Site, TimeGrid

#: The file in ``instances/uk-no`` that holds it.
TRANSITION_FILE = "transition.json"
SITE_NAME = "hallingdal"
CARBON_PRICE_PER_TONNE = 45.0
IMPORT_KW = 30_000.0
PUE = 1.06
#: Line work leaves this share of the connection in the given hours of the week.
LINE_WORK_SHARE = 0.65
LINE_WORK_HOURS = range(54, 62)
#: Pounds for the peak of the week: a month's 45 NOK a kilowatt, parted over its weeks.
DEMAND_CHARGE_PER_KW = 0.8

#: Dollars for a petahash a second over a day, and for a pound: the level of early October 2023.
HASH_PRICE_PER_PH_DAY = 60.0
USD_PER_GBP = 1.22
#: Joules a terahash, which is kilowatts a petahash a second.
S19_EFFICIENCY, S9_EFFICIENCY = 30.5, 98.0
S19_KW, S9_KW = 15_000.0, 12_000.0

#: Nodes of eight that come into service together, and what old rigs leave with them.
BATCH_NODES, BATCH_RIGS_KW = 200, 1_500.0
BATCH_HOURS = (30, 54, 78, 102, 126)
H200_NODES = 400
CONVERTED_HALL_KW = 16_000.0

JOB_COUNT = 24
#: Halves of a batch.
GANG_NODES = (100, 200, 300)
#: The seed of the jobs.
SEED = 2
#: Pounds for the work of an H100 in an hour.
LEAST_VALUE, MOST_VALUE = 0.025, 0.45
#: Hours on H200 for one on B200.
H200_HOURS = GPU_MODELS["B200"].speed / GPU_MODELS["H200"].speed


def mining_value_per_mwh(joules_per_terahash: float) -> float:
    """What rigs of an efficiency earn from a megawatt-hour, in pounds."""
    mwh_per_ph_day = joules_per_terahash * 24 / 1_000
    return round(HASH_PRICE_PER_PH_DAY / mwh_per_ph_day / USD_PER_GBP, 2)


def transition_week() -> Problem:
    """Always the same problem."""
    return Problem(
        name="uk-no-transition",
        time_grid=TimeGrid(start_time=START_TIME, slot_count=WEEK_HOURS),
        carbon_price_per_tonne=CARBON_PRICE_PER_TONNE,
        sites=(_site(climates()["NO1"]),),
        jobs=tuple(_jobs(Draws(SEED))),
    )


def _site(climate: Climate) -> Site:
    return Site(
        name=SITE_NAME,
        region_code="NO",
        time_zone="Europe/Oslo",
        import_limit_kw=tuple(IMPORT_KW * (LINE_WORK_SHARE if t in LINE_WORK_HOURS else 1.0) for t in range(WEEK_HOURS)),
        pue=compact(climate.pue(PUE)),
        overhead_kw=(IMPORT_KW * OVERHEAD_SHARE,),
        energy_price_per_mwh=climate.price_per_mwh,
        carbon_intensity_g_per_kwh=climate.carbon_g_per_kwh,
        halls=(
            Hall(name="hallingdal-mine"),
            Hall(
                name="hallingdal-converted",
                it_power_limit_kw=(CONVERTED_HALL_KW,),
                air_cooling_limit_kw=compact(climate.air_cooling_kw(S9_KW * COOLING_MARGIN)),
                pools=(_pool("hallingdal-converted", GPU_MODELS["B200"], _converted(0, BATCH_NODES)),),
            ),
            Hall(name="hallingdal-ai", pools=(_pool("hallingdal-ai", GPU_MODELS["H200"], (H200_NODES,)),)),
        ),
        flexible_loads=(
            _rigs("mining-s19", "hallingdal-mine", (S19_KW,), S19_EFFICIENCY),
            _rigs("mining-s9", "hallingdal-converted", _converted(S9_KW, -BATCH_RIGS_KW), S9_EFFICIENCY),
        ),
        demand_charge_per_kw=DEMAND_CHARGE_PER_KW,
    )


def _converted(first: Number, step: Number) -> tuple[Number, ...]:
    """By hour: ``first``, and ``step`` more from each batch on."""
    return tuple(first + step * sum(hour >= batch for batch in BATCH_HOURS) for hour in range(WEEK_HOURS))


def _rigs(name: str, hall: str, power_kw: Series, joules_per_terahash: float) -> FlexibleLoad:
    return FlexibleLoad(name=name, power_kw=power_kw, value_per_mwh=(mining_value_per_mwh(joules_per_terahash),), hall=hall)


def _pool(hall: str, model: GpuModel, node_count: tuple[int, ...]) -> GpuPool:
    return GpuPool(
        name=f"{hall}-{model.name.lower()}",
        gpu_model=model.name,
        node_count=node_count,
        gpus_per_node=model.gpus_per_node,
        liquid_heat_share=model.liquid_heat_share,
    )


def _jobs(draws: Draws) -> Iterator[Job]:
    """In the order in which they come, over five days: what is asked for grows as the hall fills."""
    for index in range(JOB_COUNT):
        share = index / JOB_COUNT
        release = int(140 * share + draws.between(0, 10))
        node_count = draws.pick(GANG_NODES)
        hours = draws.log_between(8, 24)
        h100_hours = node_count * GPU_MODELS["B200"].gpus_per_node * hours * GPU_MODELS["B200"].speed
        deadline = min(WEEK_HOURS, release + math.ceil(hours * H200_HOURS) + int(draws.between(3, 15)))
        yield Job(
            name=f"job-{index + 1:02d}",
            value=round(h100_hours * draws.log_between(LEAST_VALUE, MOST_VALUE), 2),
            earliest_start_time=START_TIME + timedelta(hours=release),
            latest_end_time=START_TIME + timedelta(hours=deadline),
            modes=tuple(_modes(node_count, hours)),
        )


def _modes(node_count: int, hours: float) -> Iterator[Mode]:
    """The gang on B200, at full power and capped, and as wide on H200."""
    b200, h200 = GPU_MODELS["B200"], GPU_MODELS["H200"]
    yield node_mode(b200.name, node_count, hours)
    yield node_mode(b200.name, node_count, hours, capped=True)
    yield node_mode(h200.name, node_count, hours * H200_HOURS)
