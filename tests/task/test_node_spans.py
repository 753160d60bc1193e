"""`opentelemetry.spans`: spans of sources, processors and sinks, of which each record's make one trace."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kstream_cli import Config, ConfigError, StreamsBuilder, TopologyTestDriver

sdk = pytest.importorskip("opentelemetry.sdk.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
in_memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADERS = (("traceparent", f"00-{TRACE}-{PARENT}-01".encode()), ("other", b"kept"))


class Traced:
    """Settings that trace, and the spans that come of them."""

    def __init__(self, level="RECORDS", **options):
        self.exporter = in_memory.InMemorySpanExporter()
        provider = sdk.TracerProvider(**options)
        provider.add_span_processor(export.SimpleSpanProcessor(self.exporter))
        self.settings = {
            "application.id": "app",
            "opentelemetry.spans": level,
            "opentelemetry.tracer.provider": provider,
            "dsl.result.headers": "NEWEST",
        }

    @property
    def spans(self):
        return {span.context.span_id: span for span in self.exporter.get_finished_spans()}

    def way_to(self, headers):
        """The names of the spans from the input to the one that the headers name, and the first one's parent."""
        spans, names = self.spans, []
        _, trace, span, _ = dict(headers)["traceparent"].decode().split("-")
        found = int(span, 16)
        while found in spans:
            assert f"{spans[found].context.trace_id:032x}" == trace
            names.insert(0, spans[found].name)
            found = spans[found].parent.span_id if spans[found].parent else 0
        return names, f"{found:016x}"


def totals():
    builder = StreamsBuilder()
    prices = builder.table("prices", key=str, value=int, store="prices")
    (
        builder.stream("lines", key=str, value=str)
        .flat_map_values(str.split, value=str, name="split")
        .group_by(lambda key, word: word, key=str, value=str, name="words")
        .count(store="counts", name="count")
        .to_stream(name="changes")
        .join(prices, lambda count, price: count * price, name="price")
        .to("totals", key=str, value=int, name="out")
    )
    return builder


@pytest.mark.parametrize("cache", [0, 1_000_000])
@pytest.mark.parametrize("partitions", [1, 3])
def test_one_trace_leads_from_the_input_over_repartition_count_and_join_to_the_output(cache, partitions):
    traced = Traced()
    settings = traced.settings | {"statestore.cache.max.bytes": cache}
    with TopologyTestDriver(totals(), settings, partitions=partitions) as driver:
        driver.input("prices").pipe([("a", 10), ("b", 20)])
        driver.input("lines").pipe((None, "a b"), headers=HEADERS)
        found = driver.output("totals").read_records()
    assert {record.key: record.value for record in found} == {"a": 10, "b": 20}
    repartition = "app-words-repartition"
    for record in found:
        names, first = traced.way_to(record.headers)
        assert names == ["process lines", f"send {repartition}", f"process {repartition}", "send totals"]
        assert first == PARENT
        assert dict(record.headers)["other"] == b"kept"


def test_processors_have_spans_of_their_own_where_they_are_asked_for():
    traced = Traced("PROCESSORS")
    with TopologyTestDriver(totals(), traced.settings) as driver:
        driver.input("prices").pipe([("a", 10)])
        driver.input("lines").pipe((None, "a"), headers=HEADERS)
        names, first = traced.way_to(driver.output("totals").read_record().headers)
    assert names == [
        "process lines",
        "split",
        "words",
        "words-repartition-filter",
        "send app-words-repartition",
        "process app-words-repartition",
        "count",
        "changes",
        "price",
        "send totals",
    ]
    assert first == PARENT


def test_spans_tell_of_the_record_by_opentelemetry_s_names():
    traced = Traced()
    with TopologyTestDriver(totals(), traced.settings) as driver:
        driver.input("lines").pipe((None, "a"), headers=HEADERS)
    [read] = [span for span in traced.spans.values() if span.name == "process lines"]
    [sent] = [span for span in traced.spans.values() if span.name == "send app-words-repartition"]
    assert (read.kind.name, sent.kind.name) == ("CONSUMER", "PRODUCER")
    assert read.attributes["messaging.system"] == "kafka"
    assert read.attributes["messaging.consumer.group.name"] == "app"
    assert read.attributes["messaging.operation.type"] == "process"
    assert (read.attributes["messaging.destination.name"], read.attributes["messaging.kafka.offset"]) == ("lines", 0)
    assert sent.attributes["messaging.destination.name"] == "app-words-repartition"
    assert sent.attributes["messaging.operation.type"] == "send"


def test_a_record_that_is_not_sampled_has_no_span_and_says_so_to_those_after_it():
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

    traced = Traced("PROCESSORS", sampler=ALWAYS_OFF)
    with TopologyTestDriver(totals(), traced.settings) as driver:
        driver.input("prices").pipe([("a", 10)])
        driver.input("lines").pipe((None, "a"), headers=HEADERS)
        headers = dict(driver.output("totals").read_record().headers)
    assert traced.spans == {}
    assert headers["traceparent"].decode().startswith(f"00-{TRACE}-")
    assert headers["traceparent"].decode().endswith("-00")


def test_an_error_is_in_the_span_of_the_processor_also_where_its_record_is_skipped():
    traced = Traced("PROCESSORS")
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(int, value=int, name="number").to("out", name="sink")
    handler = {"processing.exception.handler": "LogAndContinueProcessingExceptionHandler"}
    with TopologyTestDriver(builder, traced.settings | handler | {"default.value.serde": int}) as driver:
        driver.input("in").pipe(("a", "x"))
        assert driver.output("out").is_empty
    [failed] = [span for span in traced.spans.values() if span.name == "number"]
    assert not failed.status.is_ok
    assert failed.events[0].name == "exception"


def test_the_span_is_the_current_one_while_user_code_runs():
    from opentelemetry import trace

    traced, seen = Traced("PROCESSORS"), []
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).foreach(
        lambda key, value: seen.append(trace.get_current_span().get_span_context().span_id), name="look"
    )
    with TopologyTestDriver(builder, traced.settings) as driver:
        driver.input("in").pipe(("a", "x"))
    assert [traced.spans[each].name for each in seen] == ["look"]


def test_nothing_of_opentelemetry_is_imported_unless_spans_are_asked_for():
    program = """
import sys
from kstream_cli import StreamsBuilder, TopologyTestDriver
builder = StreamsBuilder()
builder.stream("in", key=str, value=str).to("out", key=str, value=str)
with TopologyTestDriver(builder) as driver:
    driver.input("in").pipe(("a", "x"))
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_without_opentelemetry_the_setting_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ConfigError, match=r"opentelemetry\.spans needs OpenTelemetry: pip install"):
        Config.from_mapping({"opentelemetry.spans": "records"})
