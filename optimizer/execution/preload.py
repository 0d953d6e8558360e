"""Imported by the fork server of a long-lived service, and by nothing else: what every worker would load, loaded once.

Importing is not enough: the compiled kernels come from their cache at the first call, which costs each fresh process half a
second. So a tiny problem is placed here. Only by the greedy, which starts no thread: a process with threads must not fork.
"""

from __future__ import annotations

import contextlib

import highspy  # noqa: F401
import ortools.sat.python.cp_model  # noqa: F401

from optimizer import pipeline
from optimizer.params import SolveParams
from optimizer.warm import tiny_problem

# Whatever goes wrong here goes wrong again, and is told, in a worker; a fork server that dies of it would take all solves.
with contextlib.suppress(Exception):
    pipeline.solve(tiny_problem(), SolveParams(engine="greedy"))
