"""How the plant of a site is run beside its jobs, as a plan states it."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.breakdown import CostBreakdown


@dataclass(frozen=True, slots=True, kw_only=True)
class FlexibleOperation:
    """What one flexible load of a site draws: ``power_w[T]`` IT watts by slot."""

    name: str
    power_w: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryOperation:
    """What a site's battery takes and gives: ``charge_w[T]`` and ``discharge_w[T]`` watts of IT power by slot.

    One of them is PUE watts at the connection. ``energy_wh[T]``: held there at the end of each slot, rounded down; it follows
    from the others.
    """

    charge_w: tuple[int, ...]
    discharge_w: tuple[int, ...]
    energy_wh: tuple[int, ...] = ()

    @property
    def net_w(self) -> tuple[int, ...]:
        """What goes in, and below 0 what comes out."""
        return tuple(into - out for into, out in zip(self.charge_w, self.discharge_w, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOperation:
    """How the plant of a site is run beside its jobs; a load that is not listed draws nothing, a battery that is not rests.

    ``peak_w``: the largest draw at the connection, jobs and overhead included, rounded up; 0 where no demand charge is on it.
    ``heat_w[T]``: watts of liquid heat whose recovered share is sold; empty where none is.
    ``terms`` is the operation's part of the objective: what it earns, its energy and carbon, and the demand charge. What a
    battery gives is energy and carbon below 0.
    """

    site: str
    flexible_loads: tuple[FlexibleOperation, ...] = ()
    peak_w: int = 0
    heat_w: tuple[int, ...] = ()
    battery: BatteryOperation | None = None
    terms: CostBreakdown = field(default_factory=CostBreakdown)
