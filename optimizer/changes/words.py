"""A change of one job as a sentence: what becomes of it, then what that saves, costs, gains and loses."""

from __future__ import annotations

from datetime import timedelta

from optimizer.changes.change import ChangeKind
from optimizer.solution import CostBreakdown, Placement
from optimizer.units import MICROS_PER_UNIT

HOUR = timedelta(hours=1)
#: From so many units of money on, hundredths are left off.
WHOLE_MONEY = 100

_COST_WORDS = {
    "energy_cost_micros": "energy",
    "carbon_cost_micros": "carbon",
    "tardiness_cost_micros": "lateness",
    "staging_cost_micros": "data staging",
    "move_cost_micros": "the move",
    "mode_cost_micros": "the mode",
    "pause_cost_micros": "pauses",
    "change_cost_micros": "changes of width",
    "stop_cost_micros": "the stop",
    "shortfall_cost_micros": "floors",
    "hall_cost_micros": "halls on standby",
    "switching_cost_micros": "switching of halls",
}


def sentence(
    kind: ChangeKind,
    job: str,
    before: Placement | None,
    after: Placement | None,
    terms: CostBreakdown,
    currency: str,
    *,
    is_running: bool,
) -> str:
    """``train-17 moves from loughton-1 to kvandal-2 and starts 6 h later: saves 1,240 GBP energy, pays 200 GBP for the move``.

    ``is_running``: the job runs already, so leaving it out is a stop.
    """
    what = _what(kind, job, before, after, is_running)
    if kind in (ChangeKind.FINISHED, ChangeKind.GONE):
        return what
    return f"{what}: {money_words(terms, currency, is_resize=kind is ChangeKind.RESIZED)}"


def _what(kind: ChangeKind, job: str, before: Placement | None, after: Placement | None, is_running: bool) -> str:
    if after is None:
        where = f" on {before.pool}" if before else ""
        texts = {ChangeKind.FINISHED: "has finished", ChangeKind.GONE: "is no longer asked for"}
        return f"{job} {texts.get(kind) or ('is stopped' if is_running else 'no longer runs') + where}"
    if before is None:
        start = after.start_time
        return f"{job} now runs as {after.mode} on {after.pool} from {start:%a} {start.day} {start:%b %H:%M}{_pieces(after)}"
    mode = "" if before.mode == after.mode else f" as {after.mode} in place of {before.mode}"
    if kind is ChangeKind.MOVED:
        return f"{job} moves from {before.pool} to {after.pool}{mode}{_later(before, after)}"
    if kind is ChangeKind.RESIZED:
        return f"{job} changes from {before.mode} to {after.mode} on {after.pool}{_later(before, after)}"
    if kind is ChangeKind.SHIFTED:
        return f"{job} starts {_later(before, after).removeprefix(' and starts ')} on {after.pool}"
    if kind is ChangeKind.REARRANGED:
        return f"{job} runs in {len(after.segments) or 1} pieces on {after.pool} in place of {len(before.segments) or 1}"
    return f"{job} runs as before on {after.pool}{_data(before, after)}"


def _data(before: Placement, after: Placement) -> str:
    """Where its data comes from, if that is new."""
    earlier, now = ([transfer.from_site for transfer in placement.transfers] for placement in (before, after))
    return f" with its data from {', then '.join(now)}" if now and now != earlier else ""


def _pieces(placement: Placement) -> str:
    return f" in {len(placement.segments)} pieces" if placement.segments else ""


def _later(before: Placement, after: Placement) -> str:
    by = after.start_time - before.start_time
    if not by:
        return ""
    return f" and starts {duration(abs(by))} {'later' if by > timedelta(0) else 'earlier'}"


def duration(time: timedelta) -> str:
    """``6 h``, ``1.5 h``, ``45 min``."""
    return f"{time / HOUR:,.4g} h" if time >= HOUR else f"{time / timedelta(minutes=1):.4g} min"


def money_words(terms: CostBreakdown, currency: str, *, is_resize: bool = False) -> str:
    """Only terms that differ, by what they do: saved and paid costs, gained and lost value."""
    words = _COST_WORDS | ({"move_cost_micros": "the resize"} if is_resize else {})
    costs = [(getattr(terms, name), word) for name, word in words.items()]
    saved = [f"{money(-micros, currency)} {'for ' * word.startswith('the ')}{word}" for micros, word in costs if micros < 0]
    paid = [f"{money(micros, currency)} for {word}" for micros, word in costs if micros > 0]
    parts = [f"saves {_listed(saved)}"] if saved else []
    parts += [f"pays {_listed(paid)}"] if paid else []
    if terms.value_micros:
        verb = "gains" if terms.value_micros > 0 else "loses"
        parts.insert(0, f"{verb} {money(abs(terms.value_micros), currency)} value")
    return ", ".join(parts) or "at the same cost"


def money(micros: int, currency: str) -> str:
    """``1,240 GBP``, ``8.20 GBP``; the number alone where the currency is not known."""
    units = micros / MICROS_PER_UNIT
    return f"{units:,.{0 if abs(units) >= WHOLE_MONEY else 2}f} {currency}".rstrip()


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
