"""The ICON challenge on energy-cost aware scheduling (CSPLib problem 059): tasks on machines that can be switched off.

Machine = hall with commitment, off before and after the day, holding one pool with the machine's resources; task = mandatory
job; a unit of power is a kilowatt, a price is for a kilowatt-hour. The folder has two files.

``instance.txt``: minutes a period; the count of resources; that of machines, for each ``id idle_power up_cost down_cost``
and its capacities; that of tasks, for each ``id duration earliest_start latest_end power`` and its uses.
``forecast.txt``: the count of periods, then ``period price``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from optimizer.io.importers.text import NumberReader
from optimizer.problem import Commitment, GpuPool, Hall, Job, Mode, Problem, Resource, ResourceUse, Site, TimeGrid

#: The challenge has no date; any day serves.
START = datetime(2026, 1, 1, tzinfo=UTC)
KWH_PER_MWH = 1_000


class _Task(NamedTuple):
    name: str
    duration: int
    first: int
    last: int
    mode: Mode


def read_icon(folder: Path) -> Problem:
    """The folder as a problem whose objective is minus the total cost.

    Machines and tasks are named ``machine-0`` and ``task-0`` on, by their number in the file.
    """
    prices = _prices(folder / "forecast.txt")
    reader = NumberReader(folder / "instance.txt")
    slot = timedelta(minutes=reader.whole("the minutes of a period", least=1))
    names = [f"resource-{r}" for r in range(reader.whole("the number of resources", least=0))]
    machines = [_machine(reader, names) for _ in range(reader.whole("the number of machines", least=1))]
    tasks = [_task(reader, names, slot) for _ in range(reader.whole("the number of tasks", least=0))]
    reader.end()
    grid = TimeGrid(start_time=START, slot_duration=slot, slot_count=len(prices))
    site = Site(
        name="site",
        region_code="IE",
        energy_price_per_mwh=tuple(price * KWH_PER_MWH for price in prices),
        halls=tuple(machines),
    )
    return Problem(
        name=folder.name, currency="EUR", time_grid=grid, sites=(site,), jobs=tuple(_job(task, slot) for task in tasks)
    )


def _prices(path: Path) -> list[float]:
    reader = NumberReader(path)
    count = reader.whole("the number of periods", least=1)
    prices = []
    for period in range(count):
        reader.expect(period, f"period {period}")
        prices.append(reader.number(f"the price of period {period}"))
    reader.end()
    return prices


def _machine(reader: NumberReader, names: list[str]) -> Hall:
    index = reader.whole("the number of a machine")
    idle = reader.number(f"the idle power of machine {index}")
    up, down = reader.number(f"the start-up cost of machine {index}"), reader.number(f"the shut-down cost of machine {index}")
    capacities = [reader.whole(f"the capacity of {name} of machine {index}") for name in names]
    resources = tuple(Resource(name=name, capacity=(capacity,)) for name, capacity in zip(names, capacities, strict=True))
    return Hall(
        name=f"machine-{index}",
        pools=(GpuPool(name=f"machine-{index}", gpu_model="", node_count=(1,), gpus_per_node=1, resources=resources),),
        commitment=Commitment(standby_power_kw=idle, start_up_cost=up, shut_down_cost=down, finally_off=True),
    )


def _task(reader: NumberReader, names: list[str], slot: timedelta) -> _Task:
    index = reader.whole("the number of a task")
    duration = reader.whole(f"the duration of task {index}", least=1)
    first, last = reader.whole(f"the earliest start of task {index}"), reader.whole(f"the latest end of task {index}", least=1)
    mode = Mode(name="run", duration=duration * slot, it_power_kw=reader.number(f"the power of task {index}"))
    uses = [ResourceUse(name=name, amount=reader.whole(f"the use of {name} of task {index}")) for name in names]
    uses = [use for use in uses if use.amount]
    return _Task(f"task-{index}", duration, first, last, replace(mode, resource_uses=tuple(uses)))


def _job(task: _Task, slot: timedelta) -> Job:
    return Job(
        name=task.name,
        earliest_start_time=START + task.first * slot,
        latest_end_time=START + task.last * slot,
        modes=(task.mode,),
    )
