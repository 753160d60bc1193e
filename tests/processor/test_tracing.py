"""A trace goes on from the input through a repartition, a count and a join to the output."""

from __future__ import annotations

import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver, traced

sdk = pytest.importorskip("opentelemetry.sdk.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADERS = (("traceparent", f"00-{TRACE}-{PARENT}-01".encode()), ("other", b"kept"))


@pytest.fixture
def spans():
    return export.InMemorySpanExporter()


@pytest.fixture
def tracer(spans):
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("test")


def joined_counts(tracer):
    builder = StreamsBuilder()
    prices = builder.table("prices", key=str, value=int)
    words = builder.stream("lines", key=str, value=str).process_values(traced("split", tracer=tracer), value=str)
    counts = (
        words.flat_map_values(str.split, value=str)
        .group_by(lambda key, word: word, key=str, value=str)
        .count(store="counts")
        .to_stream()
        .process_values(traced("price", tracer=tracer), value=int)
    )
    counts.join(prices, lambda count, price: count * price).to("costs", key=str, value=int)
    return builder


@pytest.mark.parametrize("settings", [{}, {"dsl.store.format": "HEADERS"}, {"statestore.cache.max.bytes": 0}])
@pytest.mark.parametrize("partitions", [1, 3])
def test_a_trace_survives_a_repartition_a_count_and_a_join(tracer, spans, settings, partitions):
    with TopologyTestDriver(joined_counts(tracer), settings, partitions=partitions) as driver:
        driver.input("prices").pipe([("a", 10), ("b", 20)])
        driver.input("lines").pipe((None, "a b"), headers=HEADERS)
        found = driver.output("costs").read_records()
    assert {record.key: record.value for record in found} == {"a": 10, "b": 20}
    finished = {span.context.span_id: span for span in spans.get_finished_spans()}
    [split] = [span for span in finished.values() if span.name == "split"]
    assert f"{split.context.trace_id:032x}" == TRACE
    assert f"{split.parent.span_id:016x}" == PARENT
    for record in found:
        headers = dict(record.headers)
        version, trace, span, _ = headers["traceparent"].decode().split("-")
        assert (version, trace, headers["other"]) == ("00", TRACE, b"kept")
        price = finished[int(span, 16)]
        assert (price.name, price.parent.span_id) == ("price", split.context.span_id)
    assert split.attributes["messaging.destination.name"] == "lines"
    assert split.attributes["kstream.task"].endswith("_0")


def test_a_record_without_a_trace_begins_one(tracer, spans):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).process_values(traced("copy", tracer=tracer)).to("out", key=str, value=str)
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", "x"))
        headers = dict(driver.output("out").read_record().headers)
    [span] = spans.get_finished_spans()
    assert headers["traceparent"].decode().split("-")[1] == f"{span.context.trace_id:032x}"


def test_an_error_is_in_the_span(tracer, spans):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).process_values(traced("fail", tracer=tracer), value=str).foreach(
        lambda key, value: int(value)
    )
    with TopologyTestDriver(builder) as driver, pytest.raises(Exception, match="int"):
        driver.input("in").pipe(("a", "x"))
    [span] = spans.get_finished_spans()
    assert not span.status.is_ok
    assert span.events[0].name == "exception"
