"""Ends the threads of an instance, and waits for them."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from kstream_cli.runtime.instance_chores import InstanceChores
from kstream_cli.runtime.threads.global_thread import GlobalThread
from kstream_cli.runtime.threads.joining import join
from kstream_cli.runtime.threads.standby_thread import StandbyThread
from kstream_cli.runtime.threads.stream_thread import StreamThread


def end_threads(
    threads: Sequence[StreamThread | StandbyThread],
    global_thread: GlobalThread | None,
    chores: InstanceChores | None,
    *,
    start_is_over: threading.Event,
    everywhere: bool,
) -> None:
    """All are told to stop first, so that they do so side by side; global stores end last, as the others read them.

    With `everywhere` all instances of the application are asked to end.
    """
    for thread in threads:
        thread.stop()
    if everywhere and chores is not None:
        chores.shut_down_everywhere()
    for thread in threads:
        join(thread)
    if global_thread is not None:
        global_thread.stop()
        # The start may still be filling the stores, on the caller's thread.
        start_is_over.wait()
        if global_thread.is_alive():
            join(global_thread)
        else:
            global_thread.close()
    if chores is not None:
        chores.end()
