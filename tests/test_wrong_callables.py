"""What can never be called as kstream calls it is refused where it is given, in each place that takes a function."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli import (
    LogAndContinueProcessingExceptionHandler,
    Processor,
    Response,
    Serde,
    StreamsBuilder,
    TopologyTestDriver,
    WallclockTimestampExtractor,
)
from kstream_cli.errors import SerializationError, StreamsError
from tests.test_callables import OTHER_PLACES, PLACES, configured, stream, table


def seven(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any: ...


def none() -> Any: ...


def named_only(*, value: Any) -> Any: ...


class Plain:
    """Neither a function nor anything else that is wanted."""


ALL = {**PLACES, **OTHER_PLACES}
MAKES = {place for place in ALL if place.endswith(" initializer")}
"""Where something is made: a function without parameters, or a class, is right."""
TEXT = {"KStream.to topic", "Topology.add_sink topic"}
SEVEN = {"KafkaStreams.set_standby_update_listener listener"}
"""It is told seven things."""


@pytest.mark.parametrize("place", ALL)
def test_what_cannot_be_called_there_is_refused(place: str) -> None:
    wrong: list[Any] = [5, Plain(), named_only]
    wrong += [] if place in SEVEN else [seven]
    wrong += [] if place in TEXT else ["text"]
    wrong += [] if place in MAKES or place.startswith("close") else [none, Plain]
    for given in wrong:
        with pytest.raises(StreamsError):
            assert ALL[place](given) is given


@pytest.mark.parametrize("given", [min, "{}".format, dict.get, str.startswith])
def test_functions_of_c_are_taken_where_they_may_work(given: Any) -> None:
    stream().map_values(given, with_key=True)


class Needy(Processor[Any, Any, Any, Any]):
    def __init__(self, name: str) -> None: ...
    def process(self, record: Any) -> None: ...


class Abstract(Processor[Any, Any, Any, Any]):
    """It has no process."""


class OfTwo(Processor[Any, Any, Any, Any]):
    def process(self, record: Any, context: Any) -> None: ...  # type: ignore[override]


@pytest.mark.parametrize("given", [Needy, Abstract, OfTwo, lambda: OfTwo(), lambda: None, lambda one: OfTwo()])
def test_a_processor_that_could_not_run_is_refused(given: Any) -> None:
    with pytest.raises(StreamsError):
        stream().process(given)
    with pytest.raises(StreamsError):
        table().transform_values(given)


class NoMethods:
    pass


class OfOne:
    def handle_error(self, context: Any) -> Any: ...


class OfThree:
    def handle_error(self, context: Any, record: Any, error: Exception) -> Response:
        return Response.resume()


FUNCTION = OfThree().handle_error
HANDLERS = ("deserialization.exception.handler", "processing.exception.handler", "production.exception.handler")


@pytest.mark.parametrize("key", HANDLERS)
@pytest.mark.parametrize("given", [NoMethods, OfOne, OfOne(), OfOne().handle_error, WallclockTimestampExtractor])
def test_an_exception_handler_that_could_not_be_asked_is_refused(key: str, given: Any) -> None:
    with pytest.raises(StreamsError, match=key):
        configured(key)(given)


@pytest.mark.parametrize("key", HANDLERS)
@pytest.mark.parametrize("given", [LogAndContinueProcessingExceptionHandler, OfThree, OfThree(), FUNCTION])
def test_a_handler_that_can_be_asked_is_taken(key: str, given: Any) -> None:
    configured(key)(given)


class OnlySerdes:
    def handle_serialization_error(self, context: Any, record: Any, error: Exception, origin: str) -> Response:
        return Response.resume()


def test_a_production_handler_that_is_asked_about_serdes_alone_leaves_sends_to_the_default() -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map_values(lambda value: value * 2_000_000).to("out", value=str)
    with (
        TopologyTestDriver(builder, {"production.exception.handler": OnlySerdes}) as driver,
        pytest.raises(StreamsError, match="Message size too large"),
    ):
        driver.input("in").pipe(("a", "x"))


def test_a_production_handler_that_is_not_asked_about_serdes_stops_there() -> None:
    builder = StreamsBuilder()
    broken: Any = Serde.of(lambda value: 1 / 0, bytes)  # type: ignore[arg-type, return-value]
    builder.stream("in", key=str, value=str).to("out", value=broken)
    with (
        TopologyTestDriver(builder, {"production.exception.handler": OfThree}) as driver,
        pytest.raises(StreamsError, match=f"{SerializationError.__name__}.*ZeroDivisionError|division by zero"),
    ):
        driver.input("in").pipe(("a", "x"))
