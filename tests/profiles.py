"""The two hypothesis profiles of the suite: the same examples every time, or many new ones.

``repeatable`` is what every run uses. ``random`` is asked for by ``--hypothesis-profile=random``: it draws other examples each
time, ten times as many, and prints how to draw again the one that failed. A test says with ``examples`` how many it tries.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

#: Those that judge by the clock or by how much is drawn, not by what is wrong with a test.
UNJUDGED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)


def register_profiles() -> None:
    """Make both profiles known and load ``repeatable``; hypothesis' own option loads another one after this."""
    _draw_no_local_constants()
    settings.register_profile(
        "repeatable", max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=UNJUDGED
    )
    settings.register_profile(
        "random", max_examples=1_000, derandomize=False, deadline=None, print_blob=True, suppress_health_check=UNJUDGED
    )
    settings.load_profile("repeatable")


def examples(count: int) -> settings:
    """Try ``count`` examples in the repeatable profile, and as many more in another as its ``max_examples`` are above 100."""
    return settings(max_examples=max(1, count * settings.default.max_examples // 100))


def _draw_no_local_constants() -> None:
    """Draw none of the constants hypothesis finds in the modules imported so far.

    They differ with the order of tests, and so with the number of processes, and with every change of a number anywhere.
    """
    if hasattr(providers, "_get_local_constants") and hasattr(providers, "_local_constants"):
        providers._get_local_constants = lambda: providers._local_constants
