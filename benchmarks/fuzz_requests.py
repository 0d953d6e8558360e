"""Mutated requests against a running service: only clean statuses, a server that lives, memory that stays flat.

    python -m benchmarks.fuzz_requests --count 10000 --seed 1

Starts a server of its own and sends from the same process: the memory told is that of both. Exit code 1 where any other
status came.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.message import Message
from loadstone.v1 import placement_service_pb2 as service_pb2

from optimizer.problem import Problem
from server import convert

CLEAN_CODES = frozenset({"OK", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"})
SERVICE = "/loadstone.v1.PlacementService/"


@dataclass(frozen=True, slots=True)
class Seed:
    """A sound request to mutate, and the method it is for."""

    method: str
    message: Message


def seeds(problem: Problem) -> list[Seed]:
    """A sound request for each method that takes one, with short time limits."""
    message = convert.problem_to_proto(problem)
    parameters = service_pb2.SolveParameters(time_limit_seconds=0.05, engine="greedy", seed=1)
    start = [service_pb2.ProposedAssignment(job="a", mode="m", pool="p", start_slot=0)]
    pool = next((pool.name for site in problem.sites for hall in site.halls for pool in hall.pools), "p")
    return [
        Seed(
            SERVICE + "SolvePlacement",
            service_pb2.SolvePlacementRequest(problem=message, parameters=parameters, initial_assignments=start),
        ),
        Seed(SERVICE + "CheckPlacement", service_pb2.CheckPlacementRequest(problem=message, assignments=start)),
        Seed(
            SERVICE + "EvaluateLimitChange",
            service_pb2.EvaluateLimitChangeRequest(
                problem=message,
                change=service_pb2.ProposedLimitChange(kind="LIMIT_KIND_POOL_NODES", element=pool, node_count=1),
                parameters=parameters,
            ),
        ),
    ]


def mutated(seed: Seed, chance: random.Random) -> bytes:
    """The request with one to four changes, to its bytes or to its fields."""
    if chance.random() < 0.5:
        return _mutated_bytes(seed.message.SerializeToString(), chance)
    message = type(seed.message)()
    message.CopyFrom(seed.message)
    for _ in range(chance.randint(1, 4)):
        _mutate_field(message, chance)
    return message.SerializeToString()


def _mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = chance.randbytes(1)
            case 1:
                del changed[at : at + chance.randint(1, 16)]
            case 2:
                changed[at:at] = chance.randbytes(chance.randint(1, 16))
            case _:
                changed[at : at + 8] = struct.pack("<d", chance.choice(_NUMBERS))
    return bytes(changed)


_NUMBERS = (float("nan"), float("inf"), -float("inf"), -1.0, 0.0, 1e-300, 1e300, 0.5, 1e15)
_WHOLE_NUMBERS = (-1, 0, 1, 2**31 - 1, -(2**31))
_TEXTS = ("", "x", "\x00", "a" * 5000, "émigré", "../../etc", "0", "𝔘")


def _mutate_field(message: Message, chance: random.Random) -> None:
    """Change one field somewhere below ``message``."""
    field = chance.choice(message.DESCRIPTOR.fields)
    if field.message_type is not None:
        if field.is_repeated:
            _mutate_repeated(getattr(message, field.name), chance)
        elif not message.HasField(field.name) or chance.random() < 0.9:
            below = getattr(message, field.name)
            below.SetInParent()
            _mutate_field(below, chance)
        else:
            message.ClearField(field.name)
        return
    value = _value(field.cpp_type, field.CPPTYPE_STRING, field.CPPTYPE_DOUBLE, field.CPPTYPE_BOOL, chance)
    if field.is_repeated:
        getattr(message, field.name).extend([value] * chance.choice((1, 2, 24, 25)))
    else:
        setattr(message, field.name, value)


def _mutate_repeated(messages: Sequence[Message], chance: random.Random) -> None:
    if len(messages) == 0 or chance.random() < 0.2:
        messages.add()  # type: ignore[attr-defined]
    elif chance.random() < 0.1:
        messages.add().CopyFrom(chance.choice(messages))  # type: ignore[attr-defined]
    else:
        _mutate_field(chance.choice(messages), chance)


def _value(kind: int, text: int, number: int, boolean: int, chance: random.Random) -> object:
    if kind == text:
        return chance.choice(_TEXTS)
    if kind == number:
        return chance.choice(_NUMBERS)
    if kind == boolean:
        return chance.random() < 0.5
    return chance.choice(_WHOLE_NUMBERS)


async def send_mutated(
    channel: grpc.aio.Channel, originals: Sequence[Seed], *, count: int, seed: int, at_once: int
) -> Counter[str]:
    """How often each status came."""
    chance = random.Random(seed)
    codes: Counter[str] = Counter()
    gate = asyncio.Semaphore(at_once)

    async def send(method: str, data: bytes) -> None:
        async with gate:
            try:
                await channel.unary_unary(method)(data, timeout=60.0)
                codes["OK"] += 1
            except grpc.aio.AioRpcError as error:
                codes[error.code().name] += 1
                if error.code().name not in CLEAN_CODES:
                    print(f"{error.code().name}: {error.details()}\n  {method} {data.hex()}", file=sys.stderr)

    pending: set[asyncio.Task[None]] = set()
    for _ in range(count):
        original = chance.choice(originals)
        pending.add(asyncio.ensure_future(send(original.method, mutated(original, chance))))
        if len(pending) >= 4 * at_once:
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    if pending:
        await asyncio.wait(pending)
    return codes


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def _main(count: int, seed: int, instance: str) -> int:
    from optimizer.io.files import read_problem
    from server.app import start
    from server.config import ServerConfig

    originals = seeds(read_problem(instance))
    server = await start(ServerConfig(port=0, queue_length=1000))
    total: Counter[str] = Counter()
    async with grpc.aio.insecure_channel(server.address) as channel:
        for batch in range(10):
            total += await send_mutated(channel, originals, count=count // 10, seed=seed + batch, at_once=16)
            print(f"{sum(total.values())} requests {dict(total)} resident {resident_mib():.0f} MiB", flush=True)
    await server.stop(drain_seconds=5.0)
    return 0 if total.keys() <= CLEAN_CODES else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--instance", default="instances/uk-no/tiny.json")
    arguments = parser.parse_args()
    sys.exit(asyncio.run(_main(arguments.count, arguments.seed, arguments.instance)))
