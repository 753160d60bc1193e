"""A grouped table's updates on its repartition topic."""

import pytest

from kstream_cli import StringSerde
from kstream_cli.errors import SerializationError
from kstream_cli.serde.change import ChangeSerde
from kstream_cli.serde.varint import read_varint, write_varint

CHANGES = [
    (("ab", None, True), "616201"),
    ((None, "ab", True), "616200"),
    (("ab", "c", True), "0461626302"),
    (("", "", True), "0002"),
    (("ab", None, False), "616204"),
    ((None, "ab", False), "616203"),
    (("ab", "c", False), "0461626305"),
]


@pytest.mark.parametrize(("change", "written"), CHANGES)
def test_a_change_has_the_bytes_that_java_writes(change, written):
    assert ChangeSerde(StringSerde()).serializer("topic")(change).hex() == written


@pytest.mark.parametrize(("change", "written"), CHANGES)
def test_a_change_is_read_back(change, written):
    assert ChangeSerde(StringSerde()).deserializer("topic")(bytes.fromhex(written)) == change


def test_a_change_without_new_and_old_value_is_refused():
    with pytest.raises(SerializationError, match="neither"):
        ChangeSerde(StringSerde()).serializer("topic")((None, None, True))


@pytest.mark.parametrize("data", [b"", b"abc\x06"])
def test_bytes_without_a_known_flag_are_refused(data):
    with pytest.raises(SerializationError, match="no known flag"):
        ChangeSerde(StringSerde()).deserializer("topic")(data)


def test_an_open_inner_serde_is_the_default_value_serde():
    assert ChangeSerde(None).with_defaults(None, StringSerde()).serializer("topic")(("a", None, True)) == b"a\x01"


@pytest.mark.parametrize("number", [0, 1, -1, 63, 64, -65, 300, 2**31 - 1, -(2**31)])
def test_a_varint_is_read_back(number):
    data = write_varint(number)
    assert read_varint(data, 0) == (number, len(data))
