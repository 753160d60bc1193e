"""Records of internal topics, read by the classes that read them in Java."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from apache_kafka import run_java

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
