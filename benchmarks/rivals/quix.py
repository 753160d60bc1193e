"""The workloads in Quix Streams."""

from __future__ import annotations

import sys
from typing import Any

from quixstreams import Application, State
from quixstreams.models.serializers import Serializer

from benchmarks.rivals.work import keeps, priced, rotated, windowed_key
from benchmarks.workloads.settings import INPUT, OUTPUT, TABLE, config

EXACTLY_ONCE = config["processing.guarantee"] != "at_least_once"

app = Application(
    broker_address=config["bootstrap.servers"],
    consumer_group=config["application.id"],
    auto_offset_reset="earliest",
    commit_interval=int(config["commit.interval.ms"]) / 1000,
    processing_guarantee="exactly-once" if EXACTLY_ONCE else "at-least-once",
    state_dir=config["state.dir"],
    loglevel="WARNING",
)


class Long(Serializer):
    """Eight bytes, big-endian, as the other contenders write counts."""

    def __call__(self, value: int, ctx: Any) -> bytes:
        return value.to_bytes(8, "big")


class CountOfPair(Serializer):
    """The count of a (key, count) pair."""

    def __call__(self, value: tuple[bytes, int], ctx: Any) -> bytes:
        return value[1].to_bytes(8, "big")


def texts() -> Any:
    return app.dataframe(app.topic(INPUT, key_deserializer="str", value_deserializer="str"))


def text_output() -> Any:
    return app.topic(OUTPUT, key_serializer="str", value_serializer="str")


def w1() -> None:
    texts().filter(keeps).apply(str.upper).to_topic(text_output())


def count(_: Any, state: State) -> int:
    number = state.get("count", 0) + 1
    state.set("count", number)
    return number


def w2() -> None:
    words = texts().apply(str.split, expand=True).group_by(lambda word: word, name="word", key_serializer="str")
    words.apply(count, stateful=True).to_topic(app.topic(OUTPUT, key_serializer="bytes", value_serializer=Long()))


def w3() -> None:
    counts = texts().tumbling_window(600_000).count().current()
    pairs = counts.apply(
        lambda value, key, timestamp, headers: (windowed_key(key.encode(), value["start"]), value["value"]),
        metadata=True,
    )
    output = app.topic(OUTPUT, key_serializer="bytes", value_serializer=CountOfPair())
    pairs.to_topic(output, key=lambda pair: pair[0])


def w5() -> None:
    rows = app.dataframe(app.topic(TABLE, key_deserializer="str", value_deserializer="str"))
    joined = texts().join_asof(rows, how="inner", on_merge=lambda value, row: f"{value[:40]}|{row}")
    joined.to_topic(text_output())


def w7() -> None:
    stream = texts()
    for _ in range(5):
        stream = (
            stream.filter(lambda value: len(value) > 1).apply(rotated).apply(rotated).filter(lambda value: value != "")
        )
    stream.to_topic(text_output())


def w8() -> None:
    orders = app.dataframe(app.topic(INPUT, key_deserializer="str", value_deserializer="json"))
    output = app.topic(OUTPUT, key_serializer="str", value_serializer="json")
    orders.filter(lambda order: order["quantity"] >= 2).apply(priced).to_topic(output)


if __name__ == "__main__":
    {"w1": w1, "w2": w2, "w3": w3, "w4": w1, "w5": w5, "w7": w7, "w8": w8}[sys.argv[1]]()
    app.run()
