"""A result of a wrong type is the fault of the record that gave it, whatever the store and its cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from kstream_cli import (
    Config,
    Materialized,
    Processor,
    Response,
    SessionWindows,
    SlidingWindows,
    Stores,
    StreamsBuilder,
    TimeWindows,
    Topology,
    TopologyTestDriver,
)
from kstream_cli.errors import ProcessingError


@dataclass(frozen=True)
class Point:
    x: int


class Unwritable:
    """Nothing that any serde can write."""


RIGHT: dict[Any, Any] = {
    str: "right",
    int: 1,
    float: 1.5,
    bytes: b"right",
    bool: True,
    UUID: UUID(int=1),
    list[int]: [1],
    dict[str, int]: {"a": 1},
    Point: Point(1),
}
WRONG: dict[Any, Any] = {str: 5, int: "5", float: "5", bytes: 5, bool: "yes", UUID: "5"}
STORES = {
    "cached": Materialized(),
    "uncached": Materialized(caching=False),
    "without a changelog": Materialized(logging=False),
    "in memory": Materialized(store_type="in_memory"),
}
WINDOWS = {
    "no windows": None,
    "tumbling": TimeWindows.of_size(10),
    "hopping": TimeWindows.of_size(10).advance_by(5),
    "sliding": SlidingWindows.of_time_difference(10).grace(5),
    "sessions": SessionWindows.of_inactivity_gap(10),
}


class Asked:
    """A processing handler that goes on, and keeps what it was asked about."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.nodes: set[str] = set()

    def handle_error(self, context: Any, record: Any, error: Exception) -> Response:
        self.records.append(record.key)
        self.nodes.add(context.node)
        return Response.resume()


def wrong(type: Any) -> list[Any]:
    return [Unwritable(), WRONG[type]] if type in WRONG else [Unwritable()]


def aggregating(type: Any, bad: Any, store: str, windows: str, operation: str) -> StreamsBuilder:
    builder = StreamsBuilder()
    stream: Any
    grouped: Any
    if operation == "reduce":
        stream = builder.stream("in", key=str, value=str).map_values(lambda value: RIGHT[type], value=type)
        grouped = stream.group_by_key()
        stream = grouped if WINDOWS[windows] is None else grouped.windowed_by(WINDOWS[windows])
        table = stream.reduce(lambda one, other: bad, store=STORES[store], name="adding")
    else:
        grouped = builder.stream("in", key=str, value=str).group_by_key()
        stream = grouped if WINDOWS[windows] is None else grouped.windowed_by(WINDOWS[windows])
        merger = (lambda key, one, other: other or one,) if windows == "sessions" else ()
        table = stream.aggregate(
            lambda: None,
            lambda key, value, aggregate: bad if value == "bad" else RIGHT[type],
            *merger,
            store=STORES[store],
            value=type,
            name="adding",
        )
    changes = table.to_stream()
    plain_key = (lambda key, value: key) if WINDOWS[windows] is None else (lambda key, value: key.key)
    changes.select_key(plain_key, key=str).to("out", key=str, value=type)
    return builder


@pytest.mark.parametrize("operation", ["aggregate", "reduce"])
@pytest.mark.parametrize("windows", WINDOWS)
@pytest.mark.parametrize(
    ("type", "store"),
    [
        *((type, store) for type in RIGHT for store in ("cached", "uncached")),
        *((type, store) for type in (int, Point) for store in ("without a changelog", "in memory")),
    ],
)
def test_the_handler_is_asked_about_the_record_whose_result_cannot_be_written(
    type: Any, store: str, windows: str, operation: str
) -> None:
    for bad in wrong(type):
        asked = Asked()
        builder = aggregating(type, bad, store, windows, operation)
        with TopologyTestDriver(builder, {"processing.exception.handler": asked}, start_ms=0) as driver:
            records = [("good", "first"), ("bad", "first"), ("bad", "bad"), ("better", "last")]
            for moment, record in enumerate(records):
                driver.input("in", key=str, value=str).pipe(record, timestamp=100 + moment)
            written = {key for key, value in driver.output("out", key=str, value=type).read() if value is not None}
        assert set(asked.records) == {"bad"}
        assert asked.nodes == {"adding"}
        assert written == {"good", "bad", "better"}


class Putting(Processor):
    """Puts each value, and the wrong one for "bad"."""

    def __init__(self, right: Any, bad: Any, kind: str) -> None:
        self.right, self.bad, self.kind = right, bad, kind

    def init(self, context: Any) -> None:
        super().init(context)
        self.store = context.store("kept")

    def process(self, record: Any) -> None:
        value = self.bad if record.value == "bad" else self.right
        if self.kind == "key-value":
            self.store.put(record.key, value)
        elif self.kind == "timestamped":
            self.store.put(record.key, (value, record.timestamp))
        elif self.kind == "window":
            self.store.put(record.key, value, record.timestamp)
        else:
            from kstream_cli import Windowed

            self.store.put(Windowed(record.key, record.timestamp, record.timestamp), value)
        self.context.forward(record)


@pytest.mark.parametrize("kind", ["key-value", "timestamped", "window", "session"])
@pytest.mark.parametrize("caching", [True, False], ids=["cached", "uncached"])
@pytest.mark.parametrize(("type", "persistent"), [*((type, False) for type in RIGHT), (int, True), (Point, True)])
def test_a_put_of_what_cannot_be_written_is_found_where_it_is_made(
    type: Any, persistent: bool, caching: bool, kind: str
) -> None:
    options: dict[str, Any] = {"key": str, "value": type, "caching": caching, "persistent": persistent}
    stores = {
        "key-value": lambda: Stores.key_value("kept", **options),
        "timestamped": lambda: Stores.key_value("kept", timestamped=True, **options),
        "window": lambda: Stores.window("kept", retention=1000, window_size=10, **options),
        "session": lambda: Stores.session("kept", retention=1000, **options),
    }
    for bad in wrong(type):
        asked = Asked()
        topology = Topology().add_source("source", "in", key=str, value=str)
        topology.add_processor("putting", lambda bad=bad: Putting(RIGHT[type], bad, kind), parents="source")
        topology.add_state_store(stores[kind](), "putting")
        topology.add_sink("sink", "out", parents="putting", key=str, value=str)
        with TopologyTestDriver(topology, {"processing.exception.handler": asked}, start_ms=0) as driver:
            driver.input("in", key=str, value=str).pipe([("a", "1"), ("b", "bad"), ("c", "2")])
            assert [key for key, _ in driver.output("out").read()] == ["a", "c"]
        assert (asked.records, asked.nodes) == (["b"], {"putting"})


@pytest.mark.parametrize("cache", [0, 10_000_000])
def test_without_a_handler_the_error_names_processor_store_and_record(cache: int) -> None:
    config = Config.from_mapping({"application.id": "x", "statestore.cache.max.bytes": cache})
    builder = StreamsBuilder()
    counts: Any = builder.stream("in", key=str, value=str).group_by_key()
    counts.aggregate(lambda: 0, lambda key, value, total: value, store="totals", value=int, name="adding")
    with (
        pytest.raises(ProcessingError, match=r"processor 'adding' .*on record in-0@0.*store 'totals' cannot write 'x'"),
        TopologyTestDriver(builder, config) as driver,
    ):
        driver.input("in", key=str, value=str).pipe(("a", "x"))
