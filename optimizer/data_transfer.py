"""A transfer of data as an answer states it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """``size_gb`` over the link between two sites in the slots ``[start_slot, end_slot)``: a job's data before its run, or its
    checkpoint before it resumes. ``mb_per_hour`` is what it takes of the link in each of them.
    """

    from_site: str
    to_site: str
    size_gb: float
    start_slot: int
    end_slot: int
    mb_per_hour: int
    cost_micros: int
