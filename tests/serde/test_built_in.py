"""The simple serdes write what Java's `Serdes` write; the bytes below were written by kafka-clients 4.3.1."""

import struct
from uuid import UUID

import pytest

from kstream_cli import (
    BooleanSerde,
    BytesSerde,
    DoubleSerde,
    FloatSerde,
    IntegerSerde,
    LongSerde,
    ShortSerde,
    StringSerde,
    UUIDSerde,
    VoidSerde,
)
from kstream_cli.errors import SerializationError
from kstream_cli.serde.list import ListSerde

WRITTEN_BY_JAVA = [
    (StringSerde(), "é", "c3a9"),
    (StringSerde(), "", ""),
    (LongSerde(), -(2**63), "8000000000000000"),
    (IntegerSerde(), -7, "fffffff9"),
    (ShortSerde(), -2, "fffe"),
    (DoubleSerde(), -0.1, "bfb999999999999a"),
    (FloatSerde(), 1.5, "3fc00000"),
    (BooleanSerde(), True, "01"),
    (BooleanSerde(), False, "00"),
    (BytesSerde(), b"\x00\xff", "00ff"),
    (
        UUIDSerde(),
        UUID("01234567-89ab-cdef-0123-456789abcdef"),
        "30313233343536372d383961622d636465662d303132332d343536373839616263646566",
    ),
    (ListSerde(IntegerSerde()), [1, None, -2], "0000000001000000010000000300000001fffffffe"),
    (ListSerde(str), ["a", None, "", "é"], "01000000040000000161ffffffff0000000000000002c3a9"),
    (ListSerde(int), [1, None, 3], "0000000001000000010000000300000000000000010000000000000003"),
]


@pytest.mark.parametrize(("serde", "value", "written"), WRITTEN_BY_JAVA)
def test_a_value_has_the_bytes_that_java_writes(serde, value, written):
    assert serde.serializer("topic")(value).hex() == written


@pytest.mark.parametrize(("serde", "value", "written"), WRITTEN_BY_JAVA)
def test_bytes_that_java_wrote_are_read_back(serde, value, written):
    assert serde.deserializer("topic")(bytes.fromhex(written)) == value


@pytest.mark.parametrize("serde", [LongSerde(), IntegerSerde(), ShortSerde(), DoubleSerde(), FloatSerde()])
def test_a_number_of_the_wrong_length_is_refused_with_both_lengths(serde):
    with pytest.raises(SerializationError, match=r"reads \d bytes, not 3"):
        serde.deserializer("topic")(b"123")


def test_a_number_too_large_for_its_serde_is_refused():
    with pytest.raises(struct.error):
        IntegerSerde().serializer("topic")(2**31)


def test_text_that_is_not_utf_8_is_read_with_replacement_characters_as_java_does():
    assert StringSerde().deserializer("topic")(b"\xffa\xe2\x82b") == "\ufffda\ufffdb"


def test_strict_text_refuses_what_is_not_utf_8():
    with pytest.raises(UnicodeDecodeError):
        StringSerde(errors="strict").deserializer("topic")(b"\xff")


def test_a_string_serde_refuses_a_number():
    with pytest.raises(TypeError):
        StringSerde().serializer("topic")(1)


def test_a_bytes_serde_refuses_a_number_rather_than_write_that_many_zeros():
    with pytest.raises(SerializationError, match="cannot write a int"):
        BytesSerde().serializer("topic")(5)


def test_a_boolean_is_one_byte_of_0_or_1():
    with pytest.raises(SerializationError, match="0 or 1"):
        BooleanSerde().deserializer("topic")(b"\x02")


def test_a_void_serde_takes_nothing():
    with pytest.raises(SerializationError, match="nothing but null"):
        VoidSerde().serializer("topic")("x")


@pytest.mark.parametrize("data", ["01000000040000000161", "00000000000000000300", "02", "", "0100000001fffffff0"])
def test_a_broken_list_is_refused(data):
    with pytest.raises(SerializationError):
        ListSerde(LongSerde()).deserializer("topic")(bytes.fromhex(data))
