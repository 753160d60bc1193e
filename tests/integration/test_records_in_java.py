"""Records of internal topics, read by the classes that read them in Java."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any

import pytest
from apache_kafka import run_java
from cluster import Cluster
from worker import key_count

from kstream_cli import (
    BufferConfig,
    JoinWindows,
    KafkaStreams,
    Materialized,
    State,
    Stores,
    StreamsBuilder,
    Suppressed,
    TopologyTestDriver,
)
from kstream_cli.processor.dead_letter import (
    EXCEPTION_HEADER,
    MESSAGE_HEADER,
    OFFSET_HEADER,
    PARTITION_HEADER,
    STACKTRACE_HEADER,
    TOPIC_HEADER,
)
from kstream_cli.serde.built_in import StringSerde
from kstream_cli.serde.change import ChangeSerde
from kstream_cli.serde.subscription import (
    Instruction,
    Subscription,
    SubscriptionResponse,
    SubscriptionResponseSerde,
    SubscriptionSerde,
)
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde, Windowed

pytestmark = pytest.mark.kafka

TEXT = StringSerde()
HASH = struct.pack(">2q", 5, -6)


def test_java_reads_the_changelogs_of_buffers_and_of_joins_and_the_names_of_dead_letters() -> None:
    builder = StreamsBuilder()
    buffer = BufferConfig.max_records(10).emit_early_when_full()
    rows = builder.table("rows", key=str, value=str, store="rows-store")
    rows.suppress(Suppressed.until_time_limit(1_000, buffer, name="held")).to_stream().to("out", key=str, value=str)
    left, right = (builder.stream(topic, key=str, value=str) for topic in ("left", "right"))
    window = JoinWindows.of_time_difference(10)
    left.outer_join(right, lambda one, other: f"{one}{other}", window, store="j").to("out", key=str, value=str)
    history = Materialized(supplier=Stores.versioned("history", history_retention=1_000))
    table = builder.table("table", key=str, value=str, store=history)
    builder.stream("late", key=str, value=str).join(table, lambda one, other: one, name="g", grace=100).to(
        "out", key=str, value=str
    )
    settings = {"statestore.cache.max.bytes": 0, "application.id": "app"}
    with TopologyTestDriver(builder, settings) as driver:
        for value, time in (("a", 5), ("b", 7)):
            driver.input("rows").pipe(("k", value), timestamp=time, headers=(("h", b"12"),))
        driver.input("left").pipe(("k", "x"), timestamp=5)
        driver.input("left").pipe(("k", "y"), timestamp=5)
        driver.input("right").pipe(("other", "z"), timestamp=6)
        driver.input("late").pipe(("k", "w"), timestamp=9, headers=(("h", b"123"),))
        logged = driver.produced
    letters = (EXCEPTION_HEADER, MESSAGE_HEADER, STACKTRACE_HEADER, TOPIC_HEADER, PARTITION_HEADER, OFFSET_HEADER)
    suppressed = [each.value for each in logged if each.topic == "app-held-store-changelog"]
    held = [each for each in logged if each.topic.endswith("-shared-join-store-changelog")]
    [waiting] = [each for each in logged if each.topic == "app-g-Buffer-changelog"]
    lines = [
        f"waiting-key {waiting.key.hex()}",
        f"suppressed {waiting.value.hex()}",
        *(f"suppressed {value.hex()}" for value in suppressed if value is not None),
        *(f"held-key {each.key.hex()}" for each in held),
        *(f"held-values {each.value.hex()}" for each in held if each.value is not None),
        *(f"dead-letter-header {name.encode().hex()}" for name in letters),
    ]
    assert run_java("ReadRecords.java", given="\n".join(lines)) == [
        "k 9 1",
        "null null w late 0 0 9 3 0",
        "null null a rows 0 0 5 2 5",
        "null a b rows 0 1 7 2 5",
        "k 5 left",
        "k 5 left",
        "other 6 right",
        "[<left,x>]",
        "[<left,x>, <left,y>]",
        "[<right,z>]",
        "HEADER_ERRORS_EXCEPTION_NAME",
        "HEADER_ERRORS_EXCEPTION_MESSAGE_NAME",
        "HEADER_ERRORS_STACKTRACE_NAME",
        "HEADER_ERRORS_TOPIC_NAME",
        "HEADER_ERRORS_PARTITION_NAME",
        "HEADER_ERRORS_OFFSET_NAME",
    ]


def test_java_reads_what_a_member_tells_its_group_and_is_given(
    kafka_cluster: Cluster, unique: Any, tmp_path: Path, wait_until: Any
) -> None:
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    settings = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path,
        "processing.guarantee": "exactly_once_v2",
    }
    with KafkaStreams(key_count(source, sink), settings) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="running")
        [found] = kafka_cluster.admin.list_groups(application, timeout=10)
        [member] = found.members
    assert (found.protocol_type, found.protocol) == ("consumer", "cooperative-sticky")
    lines = [f"subscribed {member.metadata.hex()}", f"assigned {member.assignment.hex()}"]
    subscribed, assigned = run_java("ReadRecords.java", given="\n".join(lines))
    assert re.fullmatch(rf"\[{source}\] \[.*\] \d+", subscribed)
    assert assigned == f"[{source}-0, {source}-1] 0"


def test_java_reads_what_is_written_to_internal_topics():
    window = Windowed("key", 20, 30)
    cases: list[tuple[str, Any, Any, str]] = [
        ("window", TimeWindowedSerde(TEXT, 10), window, "key 20 30"),
        ("session", SessionWindowedSerde(TEXT), Windowed("k", 20, 25), "k 20 25"),
        ("session", SessionWindowedSerde(TEXT), Windowed("", 0, 0), " 0 0"),
        ("change", ChangeSerde(TEXT), ("new", None, True), "new null true"),
        ("change", ChangeSerde(TEXT), (None, "old", True), "null old true"),
        ("change", ChangeSerde(TEXT), ("new", "old", True), "new old true"),
        *(
            ("subscription", SubscriptionSerde(TEXT), Subscription(HASH, each, "k", 7), f"{each.name} [5, -6] k 7")
            for each in Instruction
        ),
        (
            "subscription",
            SubscriptionSerde(TEXT),
            Subscription(None, Instruction.DELETE_KEY_AND_PROPAGATE, "k", 0),
            "DELETE_KEY_AND_PROPAGATE null k 0",
        ),
        ("response", SubscriptionResponseSerde(TEXT), SubscriptionResponse(HASH, "value"), "[5, -6] value"),
        ("response", SubscriptionResponseSerde(TEXT), SubscriptionResponse(None, None), "null null"),
    ]
    lines = [f"{kind} {serde.serializer('t', is_key=True)(value).hex()}" for kind, serde, value, _ in cases]
    # A window store's changelog has a sequence number behind the time.
    lines.append(f"window-changelog {(b'k' + struct.pack('>qi', 20, 0)).hex()}")
    expected = [said for *_, said in cases] + ["k 20 30"]
    assert run_java("ReadRecords.java", given="\n".join(lines)) == expected
