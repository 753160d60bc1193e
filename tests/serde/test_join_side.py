"""The bytes in which a left or outer stream-stream join holds its unmatched records."""

from __future__ import annotations

import pytest

from kstream_cli.errors import SerializationError
from kstream_cli.serde.join_side import JoinSideKey, JoinSideKeySerde, SideValue, SideValueSerde
from kstream_cli.serde.serde import Serde

TEXT = Serde.of(str.encode, bytes.decode)
NUMBER = Serde.of(lambda n: bytes((n,)), lambda data: data[0])


def test_a_key_is_time_then_side_then_key():
    serde = JoinSideKeySerde(TEXT)
    data = serde.serializer("t")(JoinSideKey(258, True, "a"))
    assert data.hex() == "0000000000000102" + "01" + "61"
    assert serde.deserializer("t")(data) == JoinSideKey(258, True, "a")


def test_a_value_is_written_by_the_serde_of_its_side():
    serde = SideValueSerde(TEXT, NUMBER)
    write, read = serde.serializer("t"), serde.deserializer("t")
    assert write(SideValue(True, "x")).hex() == "0178"
    assert write(SideValue(False, 9)).hex() == "0009"
    assert read(b"\x01x") == SideValue(True, "x")
    assert read(b"\x00\x09") == SideValue(False, 9)


def test_serdes_left_open_are_taken_from_the_defaults():
    assert JoinSideKeySerde(None).with_defaults(TEXT, NUMBER).key is TEXT
    completed = SideValueSerde(None, TEXT).with_defaults(TEXT, NUMBER)
    assert (completed.left, completed.right) == (NUMBER, TEXT)


def test_a_serde_that_nobody_gave_is_named():
    with pytest.raises(SerializationError, match="SideValueSerde"):
        SideValueSerde(TEXT, None).serializer("t")
