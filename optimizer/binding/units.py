"""Gives numbered units of one part of a pool to intervals of time: first come, tightest fit, names of units decided late.

The units here are places in a row. Each has the name of a unit; when maintenance of a name begins while its place is held,
the place changes names with a free one whose maintenance has not begun, and with it the whole of its past. That such a
place exists is what equation (61) of docs/model.md is for.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from optimizer.exact.topology import Outage


@dataclass(slots=True, eq=False)
class Together:
    """Gangs that should share a domain while they run at once: ``peak`` units at most, in the slots ``[start, end)``."""

    peak: int
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Gang:
    """``count`` units in the slots ``[start, end)``; none, where it only opens the home of ``together`` early.

    ``before``: the gang that this one continues. ``spread``: over as many domains as there are, a buffer. ``held``: units that
    it has from before slot 0.
    """

    start: int
    end: int
    count: int
    before: Gang | None = None
    together: Together | None = None
    spread: bool = False
    held: Sequence[int] = ()

    @property
    def rank(self) -> tuple[int, bool, bool, bool, int, int]:
        return (self.start, not self.held, self.before is None, self.together is None, -self.count, -self.end)


@dataclass(slots=True, eq=False)
class _Home:
    """Places that a domain keeps for gangs that belong together: ``peak``, less the ``held`` that they have already. Before
    ``start`` others may have them.
    """

    domain: int
    peak: int
    start: int
    held: int = 0

    @property
    def kept(self) -> int:
        return max(0, self.peak - self.held)


class UnitBinder:
    """The places of one part, and who holds them as time goes by. A domain is ``domain_size`` places in a row."""

    def __init__(self, unit_count: int, domain_size: int, outages: Sequence[Outage]) -> None:
        self._size = domain_size
        self._name = list(range(unit_count))
        self._place = list(range(unit_count))
        self._outage = {outage.unit: outage for outage in outages}
        self._begun: set[int] = set()
        self._waiting: set[int] = set()  # free places whose names have a window ahead
        self._fixed: set[int] = set()  # places that had a running job at the start: they keep their names if they can
        domain_count = -(-unit_count // domain_size)
        self._free: list[list[int]] = [[] for _ in range(domain_count)]
        self._free_count = 0
        self._places: dict[Gang, list[int]] = {}
        self._ends: list[tuple[int, int, Gang]] = []
        self._back: list[tuple[int, int]] = []
        self._home: dict[Together | None, _Home] = {}
        self._homes: list[list[_Home]] = [[] for _ in range(domain_count)]
        self._at_home: dict[Gang, int] = {}
        self._closing: list[tuple[int, int, Together]] = []
        self._spared = [0] * domain_count
        self._heaps: dict[int, list[int]] = {}
        self._counts: list[int] = []
        for place in range(unit_count):
            if place in self._outage:
                self._waiting.add(place)
            else:
                self._free[place // domain_size].append(place)
                self._free_count += 1
        for domain in range(domain_count):
            self._offer(domain)

    def bind(self, gangs: Iterable[Gang]) -> None:
        """Gives every gang its places.

        Raises:
            ValueError: the gangs do not keep to the part's capacity.
        """
        ahead = sorted(self._outage.values(), key=lambda outage: (outage.start, outage.unit), reverse=True)
        for number, gang in enumerate(sorted(gangs, key=lambda gang: gang.rank)):
            while ahead and ahead[-1].start <= gang.start:
                self._begin(ahead)
            self._advance(gang.start)
            self._seat(gang)
            heapq.heappush(self._ends, (gang.end, number, gang))
        while ahead:
            self._begin(ahead)

    def names(self, gang: Gang) -> list[int]:
        """The units of a gang, once all are bound."""
        return [self._name[place] for place in self._places[gang]]

    def domains(self, gang: Gang) -> set[int]:
        """The domains that the units of a gang lie in, once all are bound."""
        return {name // self._size for name in self.names(gang)}

    def _begin(self, ahead: list[Outage]) -> None:
        """Takes the windows that begin next out of the places, and off ``ahead``, the next last."""
        slot = ahead[-1].start
        self._advance(slot)
        begin = []
        while ahead and ahead[-1].start == slot:
            begin.append(ahead.pop())
        self._withdraw(begin)

    def _advance(self, slot: int) -> None:
        """Frees what ends at ``slot`` or before."""
        while self._ends and self._ends[0][0] <= slot:
            gang = heapq.heappop(self._ends)[2]
            places = self._places[gang]
            if gang.spread:
                self._count_spares(places, -1)
            self._release(places)
            if gang in self._at_home:
                self._hold_at_home(self._home[gang.together], -self._at_home.pop(gang))
        while self._back and self._back[0][0] <= slot:
            self._release([self._place[heapq.heappop(self._back)[1]]])
        while self._closing and self._closing[0][0] <= slot:
            home = self._home.pop(heapq.heappop(self._closing)[2])
            self._homes[home.domain].remove(home)
            self._offer(home.domain)

    def _release(self, places: Iterable[int]) -> None:
        touched = set()
        for place in places:
            if self._name[place] in self._outage and self._name[place] not in self._begun:
                self._waiting.add(place)
            else:
                insort(self._free[place // self._size], place)
                self._free_count += 1
                touched.add(place // self._size)
        for domain in sorted(touched):
            self._offer(domain)

    def _withdraw(self, begin: Sequence[Outage]) -> None:
        """Takes the units whose windows begin now out of the places; held ones change names with free ones."""
        self._begun.update(outage.unit for outage in begin)
        held = []
        for outage in begin:
            place = self._place[outage.unit]
            if place in self._waiting:
                self._waiting.remove(place)
            else:
                held.append(place)
        for place in held:
            other = self._never_out(place // self._size)
            self._name[place], self._name[other] = self._name[other], self._name[place]
            self._place[self._name[place]], self._place[self._name[other]] = place, other
        for outage in begin:
            heapq.heappush(self._back, (outage.end, outage.unit))

    def _never_out(self, near: int) -> int:
        """A free place, taken, whose name is not in maintenance yet: not a fixed one, then in domain ``near``, if there is."""
        domains = (near, *(domain for domain in range(len(self._free)) if domain != near))
        free = [place for domain in domains for place in self._free[domain] if self._name[place] not in self._begun]
        for place in sorted([*free, *sorted(self._waiting)], key=lambda place: place in self._fixed):
            if place in self._waiting:
                self._waiting.remove(place)
            else:
                self._stay([place], 1)
            return place
        raise ValueError("no node is free for a window of maintenance: the plan does not keep to the capacity of its pool")

    def _seat(self, gang: Gang) -> None:
        had = gang.held if gang.before is None else self._places[gang.before]
        # of more than it takes those are left first whose windows begin while it runs
        stays = sorted(had, key=lambda place: self._gives_way(place, gang.end))
        places = self._places[gang] = self._stay(stays, gang.count)
        if gang.held:
            self._fixed.update(places)
        if gang.together is not None and self._size > 1:
            self._seat_at_home(gang, gang.together)
        left = gang.count - len(places)
        if left and (early := self._free_until(gang.end, left)) is not None:
            places += self._take(early, left)
            left = 0
        while left and self._free_count and (domain := self._pick(1 if gang.spread else left, gang.spread)) is not None:
            taken = self._take(domain, 1 if gang.spread else min(left, self._open(domain)))
            if gang.spread:
                self._count_spares(taken, 1)
            places += taken
            left -= len(taken)
        if left:
            taken = self._last_choice(left, gang.end)
            if gang.spread:
                self._count_spares(taken, 1)
            places += taken
        if len(places) < gang.count:
            raise ValueError("too few nodes are free: the plan does not keep to the capacity of its pool")
        if gang.together in self._home:
            home = self._home[gang.together]
            self._at_home[gang] = sum(place // self._size == home.domain for place in places)
            self._hold_at_home(home, self._at_home[gang])

    def _count_spares(self, places: Iterable[int], change: int) -> None:
        for place in places:
            self._spared[place // self._size] += change

    def _hold_at_home(self, home: _Home, change: int) -> None:
        home.held += change
        self._offer(home.domain)

    def _gives_way(self, place: int, end: int) -> bool:
        """Whether maintenance of the place's unit begins before ``end``, or has begun."""
        outage = self._outage.get(self._name[place])
        return outage is not None and outage.start < end

    def _stay(self, places: Iterable[int], count: int) -> list[int]:
        """The first ``count`` of the places that are free, taken; in slot 0 units are in the places of their numbers."""
        kept: list[int] = []
        for place in places:
            if len(kept) == count:
                break
            domain = place // self._size
            at = bisect_left(self._free[domain], place)
            if place in self._waiting:
                self._waiting.remove(place)
                kept.append(place)
            elif at < len(self._free[domain]) and self._free[domain][at] == place:
                del self._free[domain][at]
                self._free_count -= 1
                self._offer(domain)
                kept.append(place)
        return kept

    def _seat_at_home(self, gang: Gang, together: Together) -> None:
        places = self._places[gang]
        if together not in self._home:
            domain = places[0] // self._size if places else self._pick(max(together.peak, gang.count), False)
            if domain is None:
                return
            self._home[together] = _Home(domain, together.peak, together.start)
            self._homes[domain].append(self._home[together])
            heapq.heappush(self._closing, (together.end, len(self._places), together))
            self._offer(domain)
        home = self._home[together]
        places += self._take(home.domain, min(gang.count - len(places), self._open(home.domain, home)))

    def _free_until(self, end: int, count: int) -> int | None:
        """A domain with ``count`` free places that it keeps, and for nobody before ``end``."""
        for domain in dict.fromkeys(home.domain for home in self._home.values()):
            later = all(home.start >= end for home in self._homes[domain] if home.kept)
            if later and len(self._free[domain]) >= count:
                return domain
        return None

    def _take(self, domain: int, count: int) -> list[int]:
        free = self._free[domain]
        taken = free[:count]
        del free[:count]
        self._free_count -= len(taken)
        self._offer(domain)
        return taken

    def _open(self, domain: int, own: _Home | None = None) -> int:
        """Free places of the domain that it keeps for nobody, or for ``own``."""
        kept = sum(home.kept for home in self._homes[domain] if home is not own)
        return max(0, len(self._free[domain]) - kept)

    def _offer(self, domain: int) -> None:
        """Makes the domain known under the number of its open places."""
        count = self._open(domain)
        if count:
            heap = self._heaps.setdefault(count, [])
            if not heap:
                insort(self._counts, count)
            heapq.heappush(heap, domain)

    def _pick(self, count: int, spread: bool) -> int | None:
        """The domain with the fewest open places that has ``count``, else the one with most; first one without a spare."""
        if spread:
            return self._pick_for_spare()
        at = bisect_left(self._counts, count)
        while at < len(self._counts):
            domain = self._lowest(self._counts[at])
            if domain is not None:
                return domain
        while self._counts:
            domain = self._lowest(self._counts[-1])
            if domain is not None:
                return domain
        return None

    def _lowest(self, count: int) -> int | None:
        """The lowest domain with so many open places; where there is none, the count is forgotten."""
        heap = self._heaps[count]
        while heap:
            if self._open(heap[0]) == count:
                return heap[0]
            heapq.heappop(heap)
        self._counts.remove(count)
        return None

    def _pick_for_spare(self) -> int | None:
        open_ = [domain for domain in range(len(self._free)) if self._open(domain)]
        return min(open_, key=lambda d: (self._spared[d], len(self._free[d]), d), default=None)

    def _last_choice(self, count: int, end: int) -> list[int]:
        """Places that domains keep for a group, then those whose window comes after ``end``, then any."""
        taken: list[int] = []
        for domain in (domain for domain, homes in enumerate(self._homes) if homes):
            taken += self._take(domain, count - len(taken))
        by_window = sorted(self._waiting, key=lambda place: (self._outage[self._name[place]].start < end, place))
        late = by_window[: count - len(taken)]
        self._waiting.difference_update(late)
        return taken + late
