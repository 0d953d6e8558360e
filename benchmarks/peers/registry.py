"""Peers by name, in the order of the table."""

from __future__ import annotations

from benchmarks.peers.base import Peer
from benchmarks.peers.cp_sat import CpSatElements, CpSatStarts, CpSatTwoPhases
from benchmarks.peers.highs import Highs
from benchmarks.peers.job_shop import PyJobShop
from benchmarks.peers.lists import GreedyWithRestarts
from benchmarks.peers.loadstone import Loadstone
from benchmarks.peers.partition import Partitioned
from benchmarks.peers.recreate import RuinAndRecreate


def peers() -> dict[str, Peer]:
    """Every peer, whether it can run here or not; Loadstone's own engines last."""
    every: tuple[Peer, ...] = (
        CpSatStarts(),
        CpSatElements(),
        CpSatTwoPhases(),
        Highs("highs-cold", presolve=True, warm=False),
        Highs("highs-warm", presolve=True, warm=True),
        Highs("highs-no-presolve", presolve=False, warm=True),
        PyJobShop(),
        GreedyWithRestarts(),
        RuinAndRecreate(),
        Partitioned(),
        Loadstone("price"),
        Loadstone("auto"),
    )
    return {peer.name: peer for peer in every}
