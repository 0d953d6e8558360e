"""A project to schedule: activities with modes in an order, sharing renewable and non-renewable resources, done the soonest.

Activity = mandatory job, renewable resource = resource by slot, non-renewable = consumable, order = precedence without lag. A
last job ``finish`` of one slot waits for all activities and pays 1 for each slot it starts after the first, so that the
objective is minus the makespan. One period is one slot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from optimizer.io.importers.one_slot import START_TIME, one_slot_problem
from optimizer.problem import ONE_HOUR, GpuPool, Job, Mode, Precedence, Problem, Resource, ResourceUse

FINISH = "finish"


@dataclass(frozen=True, slots=True)
class ActivityMode:
    """``duration`` periods, at least 1; uses of renewable and of non-renewable resources, in their order."""

    duration: int
    renewable: tuple[int, ...]
    consumed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """Activities by number, those each waits for, and the capacities of the resources."""

    modes: Mapping[int, tuple[ActivityMode, ...]]
    predecessors: Mapping[int, tuple[int, ...]]
    renewable: tuple[int, ...]
    consumable: tuple[int, ...]


def project_problem(name: str, project: Project) -> Problem:
    """The project as a problem; its horizon is that of a plan, so an optimum lies within it."""
    resources = [Resource(name=f"R{k + 1}", capacity=(there,)) for k, there in enumerate(project.renewable)]
    resources += [Resource(name=f"N{k + 1}", capacity=(there,), consumable=True) for k, there in enumerate(project.consumable)]
    finish = Job(
        name=FINISH,
        due_time=START_TIME + ONE_HOUR,
        tardiness_cost_per_hour=1.0,
        modes=(Mode(name="done", duration=ONE_HOUR),),
    )
    followed = {before for waits in project.predecessors.values() for before in waits}
    precedences = [
        Precedence(predecessor=_name(before), successor=_name(number))
        for number in project.modes
        for before in project.predecessors.get(number, ())
    ]
    precedences += [
        Precedence(predecessor=_name(number), successor=FINISH) for number in project.modes if number not in followed
    ]
    nowhere = GpuPool(name="project", gpu_model="none", node_count=(0,), gpus_per_node=1)
    frame = one_slot_problem(name, (nowhere,), (*_jobs(project), finish), tuple(resources))
    return replace(
        frame,
        time_grid=replace(frame.time_grid, slot_count=horizon(project) + 1),
        precedences=tuple(precedences),
    )


def horizon(project: Project) -> int:
    """Periods that are enough for a shortest plan: those of a plan where one is found, else every longest mode in a row."""
    chosen = {number: min(modes, key=lambda mode: _scarcity(project, mode)) for number, modes in project.modes.items()}
    if not _is_affordable(project, chosen.values()):
        return sum(max(mode.duration for mode in modes) for modes in project.modes.values())
    best = _makespan(project, chosen)
    for number, modes in project.modes.items():
        for mode in modes:
            other = {**chosen, number: mode}
            if _is_affordable(project, other.values()) and (length := _makespan(project, other)) <= best:
                chosen, best = other, length
    return best


def _jobs(project: Project) -> list[Job]:
    return [
        Job(name=_name(number), modes=tuple(_mode(index, mode) for index, mode in enumerate(modes)))
        for number, modes in project.modes.items()
    ]


def _mode(index: int, mode: ActivityMode) -> Mode:
    uses = [ResourceUse(name=f"R{k + 1}", amount=amount) for k, amount in enumerate(mode.renewable) if amount]
    uses += [ResourceUse(name=f"N{k + 1}", amount=amount) for k, amount in enumerate(mode.consumed) if amount]
    return Mode(name=f"mode-{index + 1}", duration=mode.duration * ONE_HOUR, resource_uses=tuple(uses))


def _name(number: int) -> str:
    return f"activity-{number}"


def _scarcity(project: Project, mode: ActivityMode) -> tuple[float, int]:
    share = max((use / max(1, there) for use, there in zip(mode.consumed, project.consumable, strict=True)), default=0.0)
    return share, mode.duration


def _is_affordable(project: Project, chosen: Iterable[ActivityMode]) -> bool:
    modes = list(chosen)
    return all(sum(mode.consumed[k] for mode in modes) <= there for k, there in enumerate(project.consumable)) and all(
        use <= there for mode in modes for use, there in zip(mode.renewable, project.renewable, strict=True)
    )


def _makespan(project: Project, chosen: Mapping[int, ActivityMode]) -> int:
    """Periods of a list schedule in the order of the activities' numbers, each as soon as it fits."""
    used: list[list[int]] = [[] for _ in project.renewable]
    end: dict[int, int] = {}
    for number in _in_order(project):
        mode = chosen[number]
        start = max((end[before] for before in project.predecessors.get(number, ())), default=0)
        while (full := _full_period(project, used, mode, start)) is not None:
            start = full + 1
        for k, amount in enumerate(mode.renewable):
            used[k] += [0] * (start + mode.duration - len(used[k]))
            for period in range(start, start + mode.duration):
                used[k][period] += amount
        end[number] = start + mode.duration
    return max(end.values(), default=0)


def _full_period(project: Project, used: list[list[int]], mode: ActivityMode, start: int) -> int | None:
    """The last period of a run from ``start`` in which it does not fit."""
    for period in reversed(range(start, start + mode.duration)):
        for k, amount in enumerate(mode.renewable):
            if amount and period < len(used[k]) and used[k][period] + amount > project.renewable[k]:
                return period
    return None


def _in_order(project: Project) -> list[int]:
    order: list[int] = []
    left = list(project.modes)
    while left:
        ready = [n for n in left if all(before not in left for before in project.predecessors.get(n, ()))]
        if not ready:
            return order + left  # a cycle: validation says so
        order += ready
        left = [n for n in left if n not in ready]
    return order
