"""How a stream thread ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.threads.stream_thread import StreamThread


def end_of_thread(*, told_to_stop: bool) -> BaseException | None:
    """How a thread ends whose clients cannot be made as no broker is there."""
    ended: list[Any] = []

    def no_broker(thread: StreamThread) -> Any:
        if told_to_stop:
            thread.stop()
        raise BrokerUnavailableError("no transactional producer can be started")

    metrics: Any = SimpleNamespace(bind=lambda state, progress: None)
    thread = StreamThread(
        "thread-1",
        make_clients=no_broker,
        metrics=metrics,
        on_state=lambda: None,
        on_end=lambda thread, error: ended.append(error),
    )
    thread.start()
    thread.join(60)
    error: BaseException | None = ended[0]
    return error


def test_a_thread_that_finds_no_broker_ends_with_that_error() -> None:
    assert isinstance(end_of_thread(told_to_stop=False), BrokerUnavailableError)


def test_a_thread_that_is_told_to_stop_while_it_waits_for_a_broker_ends_as_any_other() -> None:
    assert end_of_thread(told_to_stop=True) is None
