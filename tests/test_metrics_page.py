"""docs/reference/metrics.md lists every metric: what a topology of all kinds of stores and nodes tells is on it."""

import re
from pathlib import Path

import pytest

from kstream_cli import (
    BufferConfig,
    Config,
    EmitStrategy,
    KafkaStreams,
    Materialized,
    SessionWindows,
    StreamsBuilder,
    Suppressed,
    TimeWindows,
    TopologyTestDriver,
)
from kstream_cli.processor.metrics import Metrics
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "metrics.md"
OF_CALLS = ("rate", "total", "latency-avg", "latency-max")


def listed():
    """The names in the first column of the table under each group."""
    names, group = {}, None
    for line in PAGE.read_text().splitlines():
        if heading := re.match(r"## .*group `([a-z-]+)`", line):
            group = names.setdefault(heading[1], set())
        elif line.startswith("## "):
            group = None
        elif line.startswith("| `") and group is not None:
            for name in re.findall(r"`([a-z0-9-]+…?)`", line.split("|")[1]):
                group.update([name.removesuffix("…") + each for each in OF_CALLS] if name.endswith("…") else [name])
    return names


def builder_of_everything():
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    grouped = stream.group_by_key()
    grouped.count(store="counts").to_stream().to("out")
    grouped.count(store=Materialized("in-memory", store_type="in_memory"))
    windows = TimeWindows.of_size(10)
    held = Suppressed.until_window_closes(BufferConfig.unbounded(), emit_on_idle=10)
    grouped.windowed_by(windows).count().suppress(held).to_stream().foreach(print)
    grouped.windowed_by(windows).emit_strategy(EmitStrategy.on_window_close()).count()
    grouped.windowed_by(SessionWindows.of_inactivity_gap(10)).count()
    return builder


def told(values):
    return {(name.group, name.name) for name in values}


def told_by_a_task():
    with TopologyTestDriver(builder_of_everything(), {"metrics.recording.level": "TRACE"}) as driver:
        driver.input("in").pipe(("a", "x"))
        return told(driver.metrics())


def told_by_a_thread():
    metrics = ThreadMetrics(Metrics(Config.from_mapping({"application.id": "app"}), {"thread-id": "t"}))
    metrics.bind(lambda: ThreadState.RUNNING, lambda: ThreadProgress("t", "RUNNING", 0.0))
    return told(metrics.values())


def told_by_a_client():
    settings = {"application.id": "app", "bootstrap.servers": "127.0.0.1:1"}
    return told(KafkaStreams(builder_of_everything(), settings).metrics())


@pytest.mark.parametrize("tell", [told_by_a_task, told_by_a_thread, told_by_a_client])
def test_every_metric_is_on_the_page(tell):
    names = listed()
    assert {(group, name) for group, name in tell() if name not in names.get(group, ())} == set()


def test_every_metric_on_the_page_is_told():
    seen = told_by_a_task() | told_by_a_thread() | told_by_a_client()
    from_snapshots = {"records-lag", "seconds-since-progress", "standby-updating-tasks"}
    missing = {(group, name) for group, names in listed().items() for name in names - from_snapshots} - seen
    assert missing == set()
