"""Calls that must come back: librdkafka has been seen to stay in send_offsets_to_transaction, whatever its timeout."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any


def call_within(seconds: float, operation: Callable[..., Any], *arguments: Any) -> Any:
    """Call on a thread of its own, and wait. Raises TimeoutError when it has not come back: it is left behind then,
    and keeps whatever it was called on."""
    return call_in_background(operation, *arguments).result(seconds)


def call_in_background(
    operation: Callable[..., Any], *arguments: Any, thread_name: str = "kstream-bounded-call"
) -> Future[Any]:
    """Call on a thread of its own."""
    outcome: Future[Any] = Future()

    def call() -> None:
        try:
            outcome.set_result(operation(*arguments))
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=call, name=thread_name, daemon=True).start()
    return outcome
