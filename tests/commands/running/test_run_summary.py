"""The line that `kstream run` ends with."""

import pytest

from kstream_cli.commands.running.run_summary import stream_time_text, summary_line
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress


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


def test_what_is_known_of_records_that_went_out_or_wait_is_told():
    task = TaskProgress("0_0", "running", (), held=(("held", 2, 7),))
    threads = [thread(processed=10, sent=6, filtered=4, tasks=(task,)), thread(processed=2, sent=2, filtered=0)]
    assert summary_line("app", threads, 1).startswith("app: 12 records in, 8 out, 4 filtered, 0 dropped, 2 held, ")


def test_what_one_thread_does_not_know_is_not_told():
    line = summary_line("app", [thread(sent=1, filtered=None), thread(sent=None, filtered=1)], 1)
    assert " out" not in line
    assert "filtered" not in line


def test_a_run_without_records_says_so():
    assert summary_line("app", [thread()], 0.2) == "app: 0 records in, 0 dropped, 0 commits in 0:00"


@pytest.mark.parametrize("reason", ["a\x1b[31m"])
def test_reasons_cannot_reach_the_terminal_raw(reason):
    assert "\x1b" not in summary_line("app", [thread(dropped=((reason, 1),))], 1)


def test_a_stream_time_is_a_local_time():
    assert stream_time_text(1_796_000_000_000).startswith("2026-11-")
