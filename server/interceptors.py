"""The border of every call: bytes are parsed here, every error becomes a status with details, every call leaves one line.

gRPC's own parsing answers UNKNOWN to bytes that are no message, and its own error handling leaks exception texts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from optimizer.errors import LoadstoneError
from server.errors import MalformedRequestError, refusal_of
from server.telemetry import CallRecord

#: Larger requests are parsed off the event loop, which must stay free for other calls.
INLINE_BYTES = 64 * 1024

_log = logging.getLogger(__name__)

Parse = Callable[[bytes], Any]
Context = grpc.aio.ServicerContext[Any, Any]


class Border(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """See the module."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any]]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler: Any = await continuation(handler_call_details)
        if handler is None:
            return None
        method = handler_call_details.method
        if handler.unary_unary is not None:
            return grpc.unary_unary_rpc_method_handler(
                _unary_unary(method, handler.unary_unary, handler.request_deserializer),
                response_serializer=handler.response_serializer,
            )
        if handler.unary_stream is not None:
            return grpc.unary_stream_rpc_method_handler(
                _unary_stream(method, handler.unary_stream, handler.request_deserializer),
                response_serializer=handler.response_serializer,
            )
        if handler.stream_stream is not None:
            return grpc.stream_stream_rpc_method_handler(
                _stream_stream(method, handler.stream_stream, handler.request_deserializer),
                response_serializer=handler.response_serializer,
            )
        raise NotImplementedError(f"{method} is of a kind this service does not have")


def _unary_unary(method: str, behaviour: Callable[..., Awaitable[Any]], parse: Parse) -> Callable[..., Awaitable[Any]]:
    async def answer(data: bytes, context: Context) -> Any:
        async with _Call(method, context, len(data)):
            return await behaviour(await _parsed(data, parse), context)

    return answer


def _unary_stream(
    method: str, behaviour: Callable[..., AsyncIterator[Any] | Awaitable[None]], parse: Parse
) -> Callable[..., Awaitable[None]]:
    async def answer(data: bytes, context: Context) -> None:
        async with _Call(method, context, len(data)):
            await _write_all(behaviour(await _parsed(data, parse), context), context)

    return answer


def _stream_stream(
    method: str, behaviour: Callable[..., AsyncIterator[Any] | Awaitable[None]], parse: Parse
) -> Callable[..., Awaitable[None]]:
    async def answer(requests: AsyncIterator[bytes], context: Context) -> None:
        async with _Call(method, context, 0) as call:

            async def messages() -> AsyncIterator[Any]:
                async for data in requests:
                    call.request_bytes += len(data)
                    yield await _parsed(data, parse)

            await _write_all(behaviour(messages(), context), context)

    return answer


async def _write_all(answers: AsyncIterator[Any] | Awaitable[None], context: Context) -> None:
    """Both ways of writing a stream: a generator of answers, or a coroutine that writes them itself."""
    if isinstance(answers, Awaitable):
        await answers
        return
    async for message in answers:
        await context.write(message)


async def _parsed(data: bytes, parse: Parse) -> Any:
    try:
        return parse(data) if len(data) <= INLINE_BYTES else await asyncio.to_thread(parse, data)
    except DecodeError:
        raise MalformedRequestError("the request's bytes are no message of this method's request type") from None


class _Call:
    """Around one call's work: turns errors into statuses, writes the call's line."""

    def __init__(self, method: str, context: Context, request_bytes: int) -> None:
        self._context = context
        self._record = CallRecord(method, context.peer(), request_bytes)

    async def __aenter__(self) -> CallRecord:
        return self._record

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        try:
            if isinstance(error, asyncio.CancelledError):
                self._record.code = "CANCELLED"
            elif isinstance(error, grpc.aio.AbortError):
                self._record.code = _name(self._context.code())
            elif isinstance(error, Exception):
                await self._refuse(error)
        finally:
            self._record.write()

    async def _refuse(self, error: Exception) -> None:
        refusal = refusal_of(error)
        self._record.code = refusal.code.name
        self._record.reason = type(error).__name__
        if refusal.code is grpc.StatusCode.INTERNAL:
            foreseen = isinstance(error, LoadstoneError)
            _log.error("method=%s failed: %s", self._record.method, error, exc_info=None if foreseen else error)
        await self._context.abort(refusal.code, refusal.message, refusal.trailers())


def _name(code: grpc.StatusCode | int | None) -> str:
    return code.name if isinstance(code, grpc.StatusCode) else str(code)
