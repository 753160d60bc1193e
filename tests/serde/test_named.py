"""Serdes have names, for the command line."""

from uuid import UUID

import pytest

from kstream_cli import Windowed
from kstream_cli.errors import ConfigError
from kstream_cli.serde.named import named_serde


def test_a_name_stands_for_a_built_in_serde():
    assert named_serde("long").serializer("t")(5) == bytes(7) + b"\x05"


def test_a_windowed_key_is_named_with_its_inner_serde():
    serde = named_serde("session:string")
    assert serde.deserializer("t")(serde.serializer("t")(Windowed("a", 1, 2))) == Windowed("a", 1, 2)


def test_a_type_of_a_module_stands_for_its_serde():
    assert named_serde("uuid:UUID").serializer("t")(UUID(int=5)) == str(UUID(int=5)).encode()


@pytest.mark.parametrize(
    ("name", "hint"), [("strin", "did you mean string"), ("x", "string, long"), ("no.module:X", "import")]
)
def test_an_unknown_name_is_refused_with_a_hint(name, hint):
    with pytest.raises(ConfigError, match=hint):
        named_serde(name)
