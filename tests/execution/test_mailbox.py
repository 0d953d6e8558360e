"""The mailbox between a solve and whoever asked for it."""

from __future__ import annotations

import asyncio

import pytest

from optimizer.execution.mailbox import Mailbox


async def test_events_come_in_order_and_once() -> None:
    box = Mailbox()
    await box.open("a", None)
    await box.put("a", b"1")
    await box.put("a", b"2")
    assert await box.take("a") == [b"1", b"2"]
    await box.put("a", b"3")
    assert await box.take("a") == [b"3"]


async def test_taking_waits_for_an_event() -> None:
    box = Mailbox()
    await box.open("a", None)
    taking = asyncio.create_task(box.take("a"))
    await asyncio.sleep(0)
    assert not taking.done()
    await box.put("a", b"1")
    assert await taking == [b"1"]


async def test_a_finished_box_gives_what_is_left_and_then_nothing() -> None:
    box = Mailbox()
    await box.open("a", None)
    taking = asyncio.create_task(box.take("a"))
    await asyncio.sleep(0)
    await box.finish("a")
    assert await taking == []
    await box.put("a", b"late")
    assert await box.take("a") == [b"late"]
    assert await box.take("a") == []


async def test_solves_do_not_see_each_other() -> None:
    box = Mailbox()
    await box.open("a", None)
    await box.open("b", None)
    await box.ask_to_stop("a")
    await box.put("b", b"1")
    await asyncio.wait_for(box.stop_asked("a"), 30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(box.stop_asked("b"), 0.01)
    assert await box.take("b") == [b"1"]


async def test_time_counts_from_the_opening() -> None:
    box = Mailbox()
    await box.open("a", 10.0)
    await box.open("b", None)
    left = await box.left_seconds("a")
    assert left is not None
    assert 0 < left <= 10
    assert await box.left_seconds("b") is None


async def test_a_closed_box_frees_who_waits_and_takes_nothing() -> None:
    box = Mailbox()
    await box.open("a", None)
    waiting = [asyncio.create_task(box.take("a")), asyncio.create_task(box.stop_asked("a"))]
    await asyncio.sleep(0)
    await box.close("a")
    await asyncio.wait_for(asyncio.gather(*waiting), 30)
    await box.put("a", b"late")
    with pytest.raises(KeyError):
        await box.take("a")
