"""Windowed keys on topics; the bytes are those of Java's WindowedSerdes."""

import pytest

from kstream_cli import SessionWindowedSerde, StringSerde, TimeWindowedSerde, Window, Windowed
from kstream_cli.errors import SerializationError

KEY = Windowed("k", 100, 110)


def test_a_time_windowed_key_is_the_key_and_the_start():
    assert TimeWindowedSerde(str, 10).serializer("topic")(KEY).hex() == "6b0000000000000064"


def test_the_end_of_a_time_window_comes_from_the_window_size():
    assert TimeWindowedSerde(str, 10).deserializer("topic")(bytes.fromhex("6b0000000000000064")) == KEY


def test_the_end_of_a_window_without_a_size_is_the_end_of_time():
    windowed = TimeWindowedSerde(str).deserializer("topic")(bytes.fromhex("6b0000000000000064"))
    assert windowed.end == 2**63 - 1


def test_a_session_key_is_the_key_the_end_and_the_start():
    assert SessionWindowedSerde(str).serializer("topic")(KEY).hex() == "6b000000000000006e0000000000000064"


def test_a_session_key_is_read_back():
    read = SessionWindowedSerde(str).deserializer("topic")
    assert read(bytes.fromhex("6b000000000000006e0000000000000064")) == KEY


@pytest.mark.parametrize("serde", [TimeWindowedSerde(str, 10), SessionWindowedSerde(str)])
def test_bytes_too_short_for_a_windowed_key_are_refused(serde):
    with pytest.raises(SerializationError, match="at least"):
        serde.deserializer("topic")(b"1234567")


@pytest.mark.parametrize("serde", [TimeWindowedSerde(None, 10), SessionWindowedSerde(None)])
def test_an_open_inner_serde_is_the_default_key_serde(serde):
    assert serde.with_defaults(StringSerde(), None).serializer("topic")(KEY)[:1] == b"k"


@pytest.mark.parametrize("serde", [TimeWindowedSerde(None, 10), SessionWindowedSerde(None)])
def test_an_inner_serde_that_nobody_gave_is_an_error_with_the_remedy(serde):
    with pytest.raises(SerializationError, match=r"default\.key\.serde"):
        serde.serializer("topic")


def test_a_windowed_key_prints_as_java_prints_it():
    assert str(KEY) == "[k@100/110]"
    assert KEY.window == Window(100, 110)
