"""Every setting in ms, bytes or records bounds what it says: each has a test that fails where it does not."""

from __future__ import annotations

import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli import BufferConfig, EmitStrategy, StreamsBuilder, Suppressed, TimeWindows, TopologyTestDriver
from kstream_cli.config import Config
from kstream_cli.config.keys import config_keys
from kstream_cli.processor.metrics import Metrics
from kstream_cli.runtime.clients.streams_producer import StreamsProducer
from kstream_cli.runtime.cluster.repartition_purge import RepartitionPurge
from kstream_cli.runtime.instance_chores import InstanceChores
from kstream_cli.runtime.threads.committer import Committer
from kstream_cli.runtime.threads.pause_limit import DEFAULT_BYTES, DEFAULT_RECORDS, PauseLimit
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.threads.stream_thread import LONGEST_POLL_SECONDS, StreamThread
from kstream_cli.state.stores import Stores

HERE = Path(__file__).parent

CLIENTS = {
    "connections.max.idle.ms": "connections.max.idle.ms",
    "metadata.max.age.ms": "topic.metadata.refresh.interval.ms",
    "metadata.recovery.rebootstrap.trigger.ms": "metadata.recovery.rebootstrap.trigger.ms",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "reconnect.backoff.max.ms": "reconnect.backoff.max.ms",
    "reconnect.backoff.ms": "reconnect.backoff.ms",
    "request.timeout.ms": "socket.timeout.ms",
    "retry.backoff.ms": "retry.backoff.ms",
    "send.buffer.bytes": "socket.send.buffer.bytes",
}
"""Settings that librdkafka keeps, and its names of them."""

OURS = {
    "__emit.interval.ms.kstreams.outer.join.spurious.results.fix__": (
        "dsl/test_stream_joins.py",
        "test_unmatched_records_come_out_at_most_once_an_interval_of_wall_clock",
    ),
    "__emit.interval.ms.kstreams.windowed.aggregation__": (
        "test_setting_bounds.py",
        "test_closed_windows_come_out_at_most_once_an_interval",
    ),
    "buffered.records.per.partition": ("test_setting_bounds.py", "test_a_partition_is_paused_above_its_limit"),
    "cache.max.bytes.buffering": (
        "config/test_config.py",
        "test_the_old_name_of_a_key_counts_where_the_new_one_is_not_given",
    ),
    "commit.interval.ms": ("test_setting_bounds.py", "test_a_wait_for_records_ends_when_a_commit_is_due"),
    "log.summary.interval.ms": ("runtime/test_logs.py", "test_a_summary_is_of_what_was_done_since_the_one_before"),
    "max.task.idle.ms": (
        "task/test_stream_task.py",
        "test_a_task_waits_for_an_idle_partition_as_long_as_configured",
    ),
    "metrics.sample.window.ms": ("test_setting_bounds.py", "test_metrics_forget_what_is_older_than_their_samples"),
    "poll.ms": ("test_setting_bounds.py", "test_a_wait_for_records_is_no_longer_than_poll_ms_and_a_second"),
    "repartition.purge.interval.ms": ("test_setting_bounds.py", "test_records_are_purged_once_an_interval"),
    "state.cleanup.delay.ms": (
        "runtime/restore/test_state_cleaner.py",
        "test_state_older_than_the_delay_is_deleted_and_all_else_kept",
    ),
    "state.cleanup.dir.max.age.ms": (
        "runtime/restore/test_state_directory.py",
        "test_state_of_java_is_told_of_once_and_left_alone",
    ),
    "statestore.cache.max.bytes": (
        "state/test_thread_cache.py",
        "test_all_stores_together_hold_no_more_than_the_limit",
    ),
    "statestore.uncommitted.max.bytes": (
        "state/disk/test_uncommitted_bytes.py",
        "test_stores_never_have_much_more_uncommitted_than_the_limit",
    ),
    "task.timeout.ms": ("test_setting_bounds.py", "test_a_commit_waits_for_no_longer_than_the_task_timeout"),
    "windowstore.changelog.additional.retention.ms": (
        "test_setting_bounds.py",
        "test_window_changelogs_keep_rows_for_the_retention_and_what_is_added",
    ),
}
"""The others, with the file and the name of the test."""


def config(**settings):
    return Config.from_mapping({"application.id": "bounds", **settings})


def test_every_setting_that_is_a_bound_has_a_test():
    bounds = {
        each.name
        for each in config_keys()
        if each.used and each.kind == "integer" and re.search(r"\b(ms|bytes|records)\b", each.name)
    }
    assert bounds == CLIENTS.keys() | OURS.keys()


@pytest.mark.parametrize("setting", OURS)
def test_the_test_of_a_bound_exists(setting):
    file, name = OURS[setting]
    assert f"def {name}(" in (HERE / file).read_text()


@pytest.mark.parametrize("setting", CLIENTS)
def test_a_bound_of_the_clients_reaches_them(setting):
    given = config(**{setting: 7_654})
    for client in (given.consumer("main"), given.consumer("restore"), given.producer(), given.admin()):
        assert client[CLIENTS[setting]] == 7_654


@pytest.mark.parametrize(
    ("settings", "waiting", "size", "paused"),
    [
        ({"buffered.records.per.partition": 10}, 10, 1, False),
        ({"buffered.records.per.partition": 10}, 11, 1, True),
        ({"buffered.records.per.partition": 10_000}, 9_000, 1_000_000, False),
        ({}, DEFAULT_RECORDS, 10, False),
        ({}, DEFAULT_RECORDS + 1, 10, True),
        ({}, 1_001, DEFAULT_BYTES // 1_000, True),
        ({}, 1_000, DEFAULT_BYTES, False),
        ({}, 2_000, None, False),
    ],
)
def test_a_partition_is_paused_above_its_limit(settings, waiting, size, paused):
    newest = SimpleNamespace(value=lambda: None if size is None else bytes(size))
    assert PauseLimit(config(**settings)).is_exceeded(waiting, newest) is paused


def polling(*, poll_ms, commit_ms=30_000, committed_ago=0.0, uncommitted=False):
    thread: Any = StreamThread(
        "thread-1",
        make_clients=SimpleNamespace(),
        metrics=SimpleNamespace(bind=lambda state, progress: None),
        on_state=lambda: None,
        on_end=lambda thread, error: None,
    )
    thread._poll_seconds, thread._commit_seconds = poll_ms / 1000, commit_ms / 1000
    thread._committed_at = time.monotonic() - committed_ago
    thread._tasks = SimpleNamespace(has_uncommitted=uncommitted)
    return thread._longest_poll()


@pytest.mark.parametrize(("poll_ms", "seconds"), [(0, 0.0), (100, 0.1), (60_000, LONGEST_POLL_SECONDS)])
def test_a_wait_for_records_is_no_longer_than_poll_ms_and_a_second(poll_ms, seconds):
    assert polling(poll_ms=poll_ms) == seconds


def test_a_wait_for_records_ends_when_a_commit_is_due():
    assert polling(poll_ms=900, commit_ms=200, uncommitted=True) <= 0.2
    assert polling(poll_ms=900, commit_ms=200, uncommitted=False) == 0.9
    assert 0 < polling(poll_ms=900, commit_ms=200, committed_ago=5, uncommitted=True) <= 0.01


@pytest.mark.parametrize(("timeout", "longest"), [(0, 0.2), (2, 2), (300, 15)])
def test_a_commit_waits_for_no_longer_than_the_task_timeout(timeout, longest):
    waits = []
    client = SimpleNamespace(flush=lambda seconds: waits.append(seconds) or 1)
    producer = StreamsProducer(client, timeout_seconds=1, stopping=lambda: False)
    committer = Committer(None, producer, None, timeout_seconds=timeout, on_commit=lambda seconds: None)
    task: Any = SimpleNamespace(
        id=0,
        inputs=(),
        commit_needed=True,
        prepare_commit=lambda positions: {("t", 0): (1, "")},
        check_sends=lambda: None,
    )
    assert committer.commit([task], {}) is False
    assert waits
    assert max(waits) <= longest


@pytest.mark.parametrize(("delay_ms", "most_often"), [(0, 1.0), (-1, 1.0), (5_000, 5.0), (10**9, 60.0)])
def test_state_is_looked_at_no_more_often_than_makes_sense(tmp_path, delay_ms, most_often):
    application = SimpleNamespace(
        config=config(**{"state.cleanup.delay.ms": delay_ms}),
        directory=tmp_path,
        client_id="bounds",
        placement=SimpleNamespace(carriers=()),
        global_partitions=(),
        supplier=None,
    )
    chores = InstanceChores(application, lambda: State.RUNNING, on_shutdown_request=print, on_topic_error=print)
    assert [chore.seconds for chore in chores._chores] == [most_often]


def test_metrics_forget_what_is_older_than_their_samples():
    now = [0.0]
    for window_ms, samples in ((1_000, 2), (0, 1)):
        given = config(**{"metrics.sample.window.ms": window_ms, "metrics.num.samples": samples})
        meter = Metrics(given, {}, clock=lambda: now[0]).meter()
        meter.record(5)
        assert meter.count_rate() > 0
        now[0] += window_ms * samples / 1000 + 0.01
        assert meter.count_rate() == 0


def test_records_are_purged_once_an_interval():
    asked = []
    admin = SimpleNamespace(delete_records=lambda partitions: asked.append(len(partitions)) or {})
    purge = RepartitionPurge(admin, frozenset({"again"}), 30.0)
    start = time.monotonic() + 100
    for offset, seconds in enumerate((0, 10, 29, 31), start=1):
        purge.purge({("again", 0): offset}, start + seconds)
    assert len(asked) == 2


def test_window_changelogs_keep_rows_for_the_retention_and_what_is_added():
    builder = Stores.window("counts", retention=1_000, window_size=10, key=str, value=str)
    given = config(**{"windowstore.changelog.additional.retention.ms": 500})
    assert builder.changelog_defaults(given)["retention.ms"] == "1500"


def test_closed_windows_come_out_at_most_once_an_interval():
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=str, value=str).group_by_key()
    windowed = grouped.windowed_by(TimeWindows.of_size(10)).emit_strategy(EmitStrategy.on_window_close())
    windowed.count().to_stream(lambda windowed, count: str(windowed)).to("out", key=str, value=int)
    settings = {"application.id": "bounds", "__emit.interval.ms.kstreams.windowed.aggregation__": 5_000}
    with TopologyTestDriver(builder, settings) as driver:
        source, found = driver.input("in", key=str, value=str), []
        for timestamp in range(0, 100, 10):
            source.pipe(("k", "v"), timestamp=timestamp)
            found.append(len(driver.output("out", key=str, value=int).read()))
            driver.advance_wall_clock(1_000)
    assert [number for number, count in enumerate(found) if count] == [5]


@pytest.mark.parametrize("size", [1, 1_000, 100_000])
def test_a_suppress_buffer_holds_no_more_than_its_bytes(size):
    limit = 500_000
    builder = StreamsBuilder()
    buffer = BufferConfig.max_bytes(limit).emit_early_when_full()
    table = builder.table("in", key=str, value=str).suppress(Suppressed.until_time_limit(10**9, buffer))
    table.to_stream().to("out", key=str, value=str)
    rows = 3 * limit // size if size > 1 else 20_000
    with TopologyTestDriver(builder, {"application.id": "bounds"}) as driver:
        source = driver.input("in", key=str, value=str)
        for number in range(rows):
            source.pipe((f"{number:06d}", "x" * size), timestamp=number)
        out = len(driver.output("out", key=str, value=str).read())
    assert 0 < (rows - out) * size <= limit
