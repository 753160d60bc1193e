"""The line that `kstream run` ends with."""

import pytest

from kstream_cli.commands.running.run_summary import stream_time_text, summary_line
from kstream_cli.runtime.threads.progress import ThreadProgress


def thread(**fields):
    return ThreadProgress("t", "DEAD", 0.0, **fields)


def test_the_summary_adds_up_what_all_threads_did():
    threads = [
        thread(processed=1200, commits=3, dropped=(("null key", 2), ("late", 1)), stream_time=5),
        thread(processed=1, commits=1, dropped=(("null key", 1),), stream_time=10**18),
    ]
    assert summary_line("app", threads, 65.9) == (
        "app: 1,201 records in, 4 dropped (null key 3, late 1), stream time 1,000,000,000,000,000,000 ms, "
        "4 commits in 1:05"
    )


def test_a_run_without_records_says_so():
    assert summary_line("app", [thread()], 0.2) == "app: 0 records in, 0 dropped, 0 commits in 0:00"


@pytest.mark.parametrize("reason", ["a\x1b[31m"])
def test_reasons_cannot_reach_the_terminal_raw(reason):
    assert "\x1b" not in summary_line("app", [thread(dropped=((reason, 1),))], 1)


def test_a_stream_time_is_a_local_time():
    assert stream_time_text(1_796_000_000_000).startswith("2026-11-")
