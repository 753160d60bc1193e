"""The serde that a Python type stands for."""

from uuid import UUID

import pytest

from kstream_cli import JsonSerde, LongSerde, Serde, StringSerde, serde_for
from kstream_cli.errors import ConfigError
from kstream_cli.serde.list import ListSerde


@pytest.mark.parametrize(
    ("given", "serde"),
    [
        (str, "StringSerde()"),
        (int, "LongSerde()"),
        (float, "DoubleSerde()"),
        (bytes, "BytesSerde()"),
        (bool, "BooleanSerde()"),
        (UUID, "UUIDSerde()"),
        (dict, "JsonSerde(dict)"),
        (list[int], "JsonSerde(list[int])"),
        (int | None, "JsonSerde(int | None)"),
        (StringSerde, "StringSerde()"),
    ],
)
def test_a_type_stands_for_its_serde(given, serde):
    assert repr(serde_for(given)) == serde


def test_a_serde_stands_for_itself():
    serde = LongSerde()
    assert serde_for(serde) is serde


def test_none_stays_none():
    assert serde_for(None) is None


def test_a_serde_of_two_functions():
    serde = Serde.of(lambda value: value.hex().encode(), lambda data: bytes.fromhex(data.decode()))
    assert serde.serializer("topic")(b"\x01") == b"01"
    assert serde.deserializer("topic")(b"01") == b"\x01"


@pytest.mark.parametrize("given", ["str", 5, {}, []])
def test_what_is_neither_a_serde_nor_a_type_is_refused(given):
    with pytest.raises(ConfigError, match="neither a serde nor a type"):
        serde_for(given)


def test_a_serde_class_that_needs_arguments_is_refused_with_the_remedy():
    with pytest.raises(ConfigError, match=r"give an instance, ListSerde\("):
        serde_for(ListSerde)


def test_a_type_that_json_cannot_hold_is_refused_with_the_remedy():
    class Plain:
        pass

    with pytest.raises(ConfigError, match=r"no serde for .*Plain.*Serde\.of"):
        JsonSerde(Plain | int | str | dict[str, int] | list[int] | set[int])
