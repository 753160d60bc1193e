"""Functions that can never do their work where they are given are refused, with what to do instead."""

from __future__ import annotations

import functools
import inspect
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

import kstream_cli
from kstream_cli import (
    Config,
    KafkaStreams,
    MockProcessorContext,
    Processor,
    PunctuationType,
    Serde,
    SessionWindows,
    SlidingWindows,
    StateRestoreListener,
    StreamsBuilder,
    TimeWindows,
    Topology,
    ValueTransformer,
)
from kstream_cli.errors import StreamsError


async def coroutine(*arguments: Any) -> None: ...


async def async_generator(*arguments: Any) -> Any:
    yield


@types.coroutine
def generator_coroutine(*arguments: Any) -> Any:
    yield


class Asked:
    async def __call__(self, *arguments: Any) -> None: ...

    async def method(self, *arguments: Any) -> None: ...

    @classmethod
    async def of_class(cls, *arguments: Any) -> None: ...

    @staticmethod
    async def static(*arguments: Any) -> None: ...


FORMS = {
    "coroutine function": coroutine,
    "lambda's partial": functools.partial(coroutine),
    "partial of a partial": functools.partial(functools.partial(coroutine)),
    "asynchronous generator": async_generator,
    "types.coroutine": generator_coroutine,
    "object": Asked(),
    "partial of an object": functools.partial(Asked()),
    "method": Asked().method,
    "classmethod": Asked.of_class,
    "staticmethod": Asked.static,
    "cached": functools.lru_cache(coroutine),
}


def stream() -> Any:
    return StreamsBuilder().stream("in", key=str, value=str)


def table() -> Any:
    return StreamsBuilder().table("in", key=str, value=str)


def grouped() -> Any:
    return stream().group_by_key()


def pair(kind: str) -> Any:
    builder = StreamsBuilder()
    streams = [builder.stream(name, key=str, value=str) for name in ("a", "b")]
    tables = [builder.table(name, key=str, value=str) for name in ("c", "d")]
    return {"stream": (streams[0], streams[1]), "stream and table": (streams[0], tables[0]), "table": tuple(tables)}[
        kind
    ]


def joined(kind: str, method: str, *more: Any) -> Callable[[Any], Any]:
    def join(given: Any) -> Any:
        one, other = pair(kind)
        return getattr(one, method)(other, given, *more)

    return join


def global_join(given: Any) -> Any:
    builder = StreamsBuilder()
    everywhere = builder.global_table("g", key=str, value=str)
    return builder.stream("in", key=str, value=str).join(everywhere, selector=given, joiner=plain)


def plain(*arguments: Any) -> Any:
    return arguments[-1] if arguments else ""


def foreign(**given: Any) -> Any:
    one, other = pair("table")
    return one.join(other, plain, **{"foreign_key": plain, **given})


def built(make: Callable[[StreamsBuilder], Any]) -> None:
    builder = StreamsBuilder()
    make(builder)
    builder.build()


def sunk(make: Callable[[Topology], Any]) -> None:
    topology = Topology()
    topology.add_source("source", "in", key=str, value=str)
    make(topology)


def application(set_it: Callable[[KafkaStreams], Any]) -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    set_it(KafkaStreams(builder, {"application.id": "a", "bootstrap.servers": "127.0.0.1:1"}))


def configured(key: str) -> Callable[[Any], Any]:
    return lambda given: Config.from_mapping({"application.id": "a", key: given})


def processor_with(method: str) -> Callable[[Any], Any]:
    def make(given: Any) -> Any:
        return type("Given", (Processor,), {"process": plain, method: staticmethod(given)})

    return make


HOP, SLIDE, SESSION = (
    TimeWindows.of_size(10),
    SlidingWindows.of_time_difference(10),
    SessionWindows.of_inactivity_gap(10),
)

PLACES: dict[str, Callable[[Any], Any]] = {
    "BranchedKStream.branch predicate": lambda f: stream().split().branch(f, name="b"),
    "BranchedKStream.branch function": lambda f: stream().split().branch(plain, name="b", function=f),
    "BranchedKStream.branch consumer": lambda f: stream().split().branch(plain, name="b", consumer=f),
    "BranchedKStream.default_branch function": lambda f: stream().split().default_branch(name="b", function=f),
    "BranchedKStream.default_branch consumer": lambda f: stream().split().default_branch(name="b", consumer=f),
    "CogroupedKStream.aggregate initializer": lambda f: grouped().cogroup(plain).aggregate(f),
    "CogroupedKStream.cogroup aggregator": lambda f: grouped().cogroup(plain).cogroup(grouped(), f),
    "KGroupedStream.aggregate initializer": lambda f: grouped().aggregate(f, plain),
    "KGroupedStream.aggregate aggregator": lambda f: grouped().aggregate(plain, f),
    "KGroupedStream.cogroup aggregator": lambda f: grouped().cogroup(f),
    "KGroupedStream.reduce reducer": lambda f: grouped().reduce(f),
    "KGroupedTable.aggregate initializer": lambda f: table().group_by(plain).aggregate(f, plain, plain),
    "KGroupedTable.aggregate adder": lambda f: table().group_by(plain).aggregate(plain, f, plain),
    "KGroupedTable.aggregate subtractor": lambda f: table().group_by(plain).aggregate(plain, plain, f),
    "KGroupedTable.reduce adder": lambda f: table().group_by(plain).reduce(f, plain),
    "KGroupedTable.reduce subtractor": lambda f: table().group_by(plain).reduce(plain, f),
    "JsonSerde.__init__ upgrade": lambda f: kstream_cli.JsonSerde(dict, upgrade=f),
    "KStream.filter predicate": lambda f: stream().filter(f),
    "KStream.filter_not predicate": lambda f: stream().filter_not(f),
    "KStream.flat_map mapper": lambda f: stream().flat_map(f),
    "KStream.flat_map_values mapper": lambda f: stream().flat_map_values(f),
    "KStream.foreach action": lambda f: stream().foreach(f),
    "KStream.group_by selector": lambda f: stream().group_by(f),
    "KStream.join joiner": joined("stream", "join", kstream_cli.JoinWindows.of_time_difference(1)),
    "KStream.join selector": global_join,
    "KStream.left_join selector": global_join,
    "KStream.left_join joiner": joined("stream and table", "left_join"),
    "KStream.outer_join joiner": joined("stream", "outer_join", kstream_cli.JoinWindows.of_time_difference(1)),
    "KStream.map mapper": lambda f: stream().map(f),
    "KStream.map_values mapper": lambda f: stream().map_values(f),
    "KStream.peek action": lambda f: stream().peek(f),
    "KStream.print mapper": lambda f: stream().print(mapper=f),
    "KStream.process supplier": lambda f: stream().process(f),
    "KStream.process_values supplier": lambda f: stream().process_values(f),
    "KStream.repartition partitioner": lambda f: built(
        lambda builder: builder.stream("in", key=str, value=str).repartition(partitioner=f).to("out")
    ),
    "KStream.select_key selector": lambda f: stream().select_key(f),
    "KStream.through partitioner": lambda f: built(
        lambda builder: builder.stream("in", key=str, value=str).through("mid", partitioner=f)
    ),
    "KStream.to topic": lambda f: built(lambda builder: builder.stream("in", key=str, value=str).to(f)),
    "KStream.to partitioner": lambda f: built(
        lambda builder: builder.stream("in", key=str, value=str).to("out", partitioner=f)
    ),
    "KTable.filter predicate": lambda f: table().filter(f),
    "KTable.filter_not predicate": lambda f: table().filter_not(f),
    "KTable.group_by selector": lambda f: table().group_by(f),
    "KTable.join joiner": joined("table", "join"),
    "KTable.join foreign_key": lambda f: foreign(foreign_key=f),
    "KTable.join partitioner": lambda f: foreign(partitioner=f),
    "KTable.join other_partitioner": lambda f: foreign(other_partitioner=f),
    "KTable.left_join joiner": joined("table", "left_join"),
    "KTable.left_join foreign_key": lambda f: pair("table")[0].left_join(pair("table")[1], plain, foreign_key=f),
    "KTable.left_join partitioner": lambda f: foreign(partitioner=f),
    "KTable.left_join other_partitioner": lambda f: foreign(other_partitioner=f),
    "KTable.map_values mapper": lambda f: table().map_values(f),
    "KTable.outer_join joiner": joined("table", "outer_join"),
    "KTable.to_stream key_mapper": lambda f: table().to_stream(f),
    "KTable.transform_values supplier": lambda f: table().transform_values(f),
    "KafkaStreams.query read": lambda f: application(lambda streams: streams.query("counts", f)),
    "KafkaStreams.query_metadata_for_key partitioner": lambda f: metadata(f),
    "KafkaStreams.set_restore_listener listener": lambda f: application(
        lambda streams: streams.set_restore_listener(
            type("Listener", (StateRestoreListener,), {"on_restore_end": staticmethod(f)})()
        )
    ),
    "KafkaStreams.set_standby_update_listener listener": lambda f: application(
        lambda streams: streams.set_standby_update_listener(
            type("Listener", (kstream_cli.StandbyUpdateListener,), {"on_batch_loaded": staticmethod(f)})()
        )
    ),
    "KafkaStreams.set_state_listener listener": lambda f: application(lambda streams: streams.set_state_listener(f)),
    "KafkaStreams.set_uncaught_exception_handler handler": lambda f: application(
        lambda streams: streams.set_uncaught_exception_handler(f)
    ),
    "ProcessorContext.schedule callback": lambda f: MockProcessorContext().schedule(1, PunctuationType.STREAM_TIME, f),
    "Serde.of serialize": lambda f: Serde.of(f, plain),
    "Serde.of deserialize": lambda f: Serde.of(plain, f),
    "SessionWindowedKStream.aggregate initializer": lambda f: grouped().windowed_by(SESSION).aggregate(f, plain, plain),
    "SessionWindowedKStream.aggregate aggregator": lambda f: grouped().windowed_by(SESSION).aggregate(plain, f, plain),
    "SessionWindowedKStream.aggregate merger": lambda f: grouped().windowed_by(SESSION).aggregate(plain, plain, f),
    "SessionWindowedKStream.reduce reducer": lambda f: grouped().windowed_by(SESSION).reduce(f),
    "SlidingWindowedKStream.aggregate initializer": lambda f: grouped().windowed_by(SLIDE).aggregate(f, plain),
    "SlidingWindowedKStream.aggregate aggregator": lambda f: grouped().windowed_by(SLIDE).aggregate(plain, f),
    "SlidingWindowedKStream.reduce reducer": lambda f: grouped().windowed_by(SLIDE).reduce(f),
    "TimeWindowedKStream.aggregate initializer": lambda f: grouped().windowed_by(HOP).aggregate(f, plain),
    "TimeWindowedKStream.aggregate aggregator": lambda f: grouped().windowed_by(HOP).aggregate(plain, f),
    "TimeWindowedKStream.reduce reducer": lambda f: grouped().windowed_by(HOP).reduce(f),
    "StreamsBuilder.global_table timestamp_extractor": lambda f: built(
        lambda builder: builder.global_table("g", key=str, value=str, timestamp_extractor=f)
    ),
    "StreamsBuilder.stream timestamp_extractor": lambda f: built(
        lambda builder: builder.stream("in", key=str, value=str, timestamp_extractor=f)
    ),
    "StreamsBuilder.table timestamp_extractor": lambda f: built(
        lambda builder: builder.table("in", key=str, value=str, timestamp_extractor=f)
    ),
    "StreamsBuilder.add_global_store processor": lambda f: built(
        lambda builder: builder.add_global_store(memory(), "g", f, key=str, value=str)
    ),
    "StreamsBuilder.add_global_store timestamp_extractor": lambda f: built(
        lambda builder: builder.add_global_store(memory(), "g", Plain, key=str, value=str, timestamp_extractor=f)
    ),
    "Topology.add_global_store supplier": lambda f: Topology().add_global_store(
        memory(), source="n", topic="g", processor_name="p", supplier=f
    ),
    "Topology.add_global_store timestamp_extractor": lambda f: Topology().add_global_store(
        memory(), source="n", topic="g", processor_name="p", supplier=Plain, timestamp_extractor=f
    ),
    "Topology.add_read_only_store supplier": lambda f: Topology().add_read_only_store(
        memory(), source="n", topic="g", processor_name="p", supplier=f
    ),
    "Topology.add_read_only_store timestamp_extractor": lambda f: Topology().add_read_only_store(
        memory(), source="n", topic="g", processor_name="p", supplier=Plain, timestamp_extractor=f
    ),
    "Topology.add_processor supplier": lambda f: sunk(
        lambda topology: topology.add_processor("p", f, parents="source")
    ),
    "Topology.add_sink topic": lambda f: sunk(lambda topology: topology.add_sink("s", f, parents="source")),
    "Topology.add_sink partitioner": lambda f: sunk(
        lambda topology: topology.add_sink("s", "out", parents="source", partitioner=f)
    ),
    "Topology.add_source timestamp_extractor": lambda f: Topology().add_source("s", "in", timestamp_extractor=f),
}
"""By the parameter of the public API: what gives it a function."""

OTHER_PLACES: dict[str, Callable[[Any], Any]] = {
    "process of a Processor": lambda f: stream().process(processor_with("process")(f)),
    "init of a Processor": lambda f: stream().process(processor_with("init")(f)),
    "close of a Processor": lambda f: stream().process(processor_with("close")(f)),
    "process of what a function makes": lambda f: stream().process(lambda: processor_with("process")(f)()),
    "transform of a ValueTransformer": lambda f: table().transform_values(
        type("Given", (ValueTransformer,), {"transform": staticmethod(f)})
    ),
    **{
        key: configured(key)
        for key in (
            "default.timestamp.extractor",
            "deserialization.exception.handler",
            "processing.exception.handler",
            "production.exception.handler",
            "processor.wrapper.class",
            "rocksdb.config.setter",
        )
    },
}

CHECKED_SERDES = {("Serde", "of"), ("JsonSerde", "__init__")}
NOT_GIVEN = {"KTable.__init__ getter", "KafkaStreams.__init__ clients"}
"""Kstream's own, and an object of many methods."""


class Plain(Processor[Any, Any, Any, Any]):
    def process(self, record: Any) -> None: ...


def memory() -> Any:
    return kstream_cli.Stores.key_value("s", key=str, value=str, logging=False)


def metadata(given: Any) -> Any:
    from kstream_cli.runtime.streams_metadata import GroupMetadata

    return GroupMetadata(None).of_key("s", "k", serde=None, partitioner=given)


def test_every_parameter_that_takes_a_function_is_listed_here() -> None:
    words = (
        "Callable",
        "Extractor",
        "Partitioner",
        "Supplier",
        "Handler",
        "Listener",
        "Selector",
        "Serializer",
        "Deserializer",
    )
    found = set()
    for name in kstream_cli.__all__:
        thing = getattr(kstream_cli, name)
        for part in dir(thing) if inspect.isclass(thing) else ():
            function = inspect.getattr_static(thing, part, None)
            if (part.startswith("_") and part != "__init__") or (
                name.endswith(("Serde", "Store")) and (name, part) not in CHECKED_SERDES
            ):
                continue
            function = getattr(thing, part) if isinstance(function, staticmethod | classmethod) else function
            if not inspect.isfunction(function) and not inspect.ismethod(function):
                continue
            for parameter in inspect.signature(function).parameters.values():
                annotation = str(parameter.annotation)
                if any(word in annotation for word in words) and "ErrorHandlerContext" not in annotation:
                    found.add(f"{name}.{part} {parameter.name}")
    found = {place for place in found if not place.startswith(("Mock", "FixedKey"))}
    assert found - NOT_GIVEN <= PLACES.keys()


@pytest.mark.parametrize("place", [*PLACES, *OTHER_PLACES])
def test_no_form_of_async_is_taken(place: str) -> None:
    for form, function in FORMS.items():
        with pytest.raises(StreamsError, match=r"async def.*Make it a plain function"):
            assert ({**PLACES, **OTHER_PLACES}[place](function), form) is None


def yields(*arguments: Any) -> Any:
    yield True


@pytest.mark.parametrize("place", ["KStream.filter predicate", "KStream.peek action", "KGroupedStream.reduce reducer"])
def test_a_generator_function_is_refused_where_one_result_is_wanted(place: str) -> None:
    with pytest.raises(StreamsError, match="is a generator function"):
        PLACES[place](yields)


def test_a_generator_function_gives_the_results_of_a_flat_map() -> None:
    stream().flat_map_values(yields)
    stream().process(lambda record, context: yields())


def test_a_class_that_makes_objects_is_no_coroutine_function() -> None:
    stream().map_values(str)
    grouped().aggregate(dict, plain)


def test_a_plain_function_that_runs_a_coroutine_is_taken() -> None:
    @functools.wraps(coroutine)
    def waits(*arguments: Any) -> Any: ...

    stream().map_values(waits)


CODE = """
from kstream_cli import StreamsBuilder, TopologyTestDriver
async def note(key, value): ...
builder = StreamsBuilder()
builder.stream("in", key=str, value=str).peek(lambda key, value: note(key, value)).to("out")
with TopologyTestDriver(builder) as driver:
    driver.input("in").pipe([("a", "x")])
"""


@pytest.mark.parametrize("in_line", ["0", "1"])
def test_a_warning_out_of_code_that_kstream_wrote_shows_the_users_line(in_line: str, tmp_path: Any) -> None:
    module = tmp_path / "app.py"
    module.write_text(CODE)
    command = [sys.executable, str(module)]
    told = subprocess.run(command, capture_output=True, text=True, env={"KSTREAM_INLINE": in_line}).stderr
    assert "coroutine 'note' was never awaited" in told
    assert f"{module}:5 in <lambda>" in told
    assert "Traceback" not in told
    assert "Error" not in told
