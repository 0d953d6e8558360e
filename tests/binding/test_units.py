"""Places of one part: what domains keep for groups."""

from __future__ import annotations

from optimizer.binding.units import Gang, Together, UnitBinder


def test_what_a_domain_keeps_for_a_group_that_runs_is_not_lent_because_another_comes_later() -> None:
    running, later = Together(peak=2, start=0, end=8), Together(peak=2, start=10, end=12)
    first, second = Gang(0, 8, 1, together=running), Gang(2, 8, 1, together=running)
    opened, between = Gang(0, 10, 0, together=later), Gang(1, 5, 3)
    binder = UnitBinder(8, 4, ())
    binder.bind([first, opened, between, second])
    assert binder.domains(first) == binder.domains(second) == {0}
    assert binder.domains(between) == {1}


def test_what_a_domain_keeps_for_a_group_that_comes_later_is_lent_until_then() -> None:
    later = Together(peak=3, start=10, end=12)
    binder = UnitBinder(4, 4, ())
    opened, before, gang = Gang(0, 10, 0, together=later), Gang(0, 10, 3), Gang(10, 12, 3, together=later)
    binder.bind([opened, before, gang])
    assert binder.domains(before) == binder.domains(gang) == {0}
    assert len(binder.names(before)) == 3
