"""What is written is read back; what nobody would write is refused, and nothing else happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kstream_cli.protocol.codec import (
    BOOL,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT16,
    Array,
    Bytes,
    LegacyArray,
    LegacyString,
    LegacyStruct,
    MalformedError,
    Number,
    Reader,
    String,
    Struct,
    Type,
)
from kstream_cli.protocol.messages import APIS

NUMBERS = {
    INT8: st.integers(-128, 127),
    INT16: st.integers(-(1 << 15), (1 << 15) - 1),
    UINT16: st.integers(0, (1 << 16) - 1),
    INT32: st.integers(-(1 << 31), (1 << 31) - 1),
    INT64: st.integers(-(1 << 63), (1 << 63) - 1),
    BOOL: st.booleans(),
}


def values(kind: Type) -> st.SearchStrategy[Any]:
    """All values of a type."""
    match kind:
        case Number():
            return NUMBERS[kind]
        case String(nullable=nullable):
            return st.none() | st.text(max_size=5) if nullable else st.text(max_size=5)
        case Bytes(nullable=nullable):
            return st.none() | st.binary(max_size=5) if nullable else st.binary(max_size=5)
        case LegacyString():
            return st.text(max_size=5)
        case Array(of=of, nullable=nullable):
            many = st.lists(values(of), max_size=2)
            return st.none() | many if nullable else many
        case LegacyArray(of=of):
            return st.lists(values(of), max_size=2)
        case Struct(fields=fields, nullable=nullable):
            whole = st.fixed_dictionaries({name: values(each) for name, each in fields.items()})
            return st.none() | whole if nullable else whole
        case LegacyStruct(fields=fields):
            return st.fixed_dictionaries({name: values(each) for name, each in fields.items()})
    raise AssertionError(kind)


FORMS = {
    f"{api.name} v{version} {side}": getattr(form, side)
    for api in APIS
    for version, form in api.forms.items()
    for side in ("request", "response")
}
VALUES = {name: values(form) for name, form in FORMS.items()}


def written(kind: Type, value: Any) -> bytes:
    out = bytearray()
    kind.write(out, value)
    return bytes(out)


def read(kind: Type, data: bytes) -> Any:
    reader = Reader(data)
    value = kind.read(reader)
    reader.end()
    return value


@settings(max_examples=10, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", FORMS)
def test_a_message_is_read_back_as_it_was_written(name, data):
    value = data.draw(VALUES[name])
    assert read(FORMS[name], written(FORMS[name], value)) == value


@settings(max_examples=50, deadline=None)
@given(data=st.data(), noise=st.binary(max_size=40))
@pytest.mark.parametrize("name", [name for name in FORMS if name.endswith("response")])
def test_noise_is_refused_and_nothing_else(name, data, noise):
    with suppress(MalformedError):
        read(FORMS[name], noise)
    # What is damaged is more like a message than what is only noise.
    whole = bytearray(written(FORMS[name], data.draw(VALUES[name])))
    for _ in range(data.draw(st.integers(0, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(MalformedError):
        read(FORMS[name], bytes(whole[: data.draw(st.integers(0, len(whole)))]))


def test_a_count_past_the_end_is_refused_before_a_list_is_made():
    with pytest.raises(MalformedError, match="268435454 entries were expected, and 0 bytes are left"):
        read(Array(INT32), b"\xff\xff\xff\x7f")


def test_a_number_that_does_not_end_is_refused():
    with pytest.raises(MalformedError, match="does not end"):
        read(Array(INT32), b"\xff" * 9)


def test_null_is_refused_where_it_may_not_be():
    with pytest.raises(MalformedError, match="a value is missing"):
        read(String(), b"\0")


def test_fields_newer_than_the_table_are_passed_over():
    struct = Struct({"port": UINT16})
    assert read(struct, b"\x00\x09" + b"\x01" + b"\x05" + b"\x02" + b"xy") == {"port": 9}


def test_bytes_that_are_left_over_are_refused():
    with pytest.raises(MalformedError, match="1 bytes are left over"):
        read(INT8, b"\0\0")


def test_a_request_with_another_field_is_not_written():
    with pytest.raises(ValueError, match="the fields are port, not pott"):
        written(Struct({"port": UINT16}), {"pott": 1})
