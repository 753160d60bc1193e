"""What is committed beside offsets can be read by Java, and the other way round."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.task.commit_metadata import UNKNOWN_TIME, decode, encode

LONGS = st.integers(-(2**63), 2**63 - 1)


def in_base64(layout, *values):
    return base64.b64encode(struct.pack(layout, *values)).decode()


@given(LONGS, st.dictionaries(st.text(max_size=5), LONGS))
def test_what_is_encoded_is_decoded(time, numbers):
    assert decode(encode(time, numbers)) == (time, numbers)


def test_the_layout_is_javas():
    assert encode(5, {"ab": 7}) == in_base64(">bqii2sq", 2, 5, 1, 2, b"ab", 7)


def test_the_time_alone_is_followed_by_no_count():
    assert encode(5, {}) == in_base64(">bq", 2, 5)


def test_several_numbers_are_counted_and_each_has_the_length_of_its_name_in_bytes():
    expected = in_base64(">bqii3sqi1sq", 2, 5, 2, 3, "né".encode(), 7, 1, b"x", -1)
    assert encode(5, {"né": 7, "x": -1}) == expected
    assert decode(expected) == (5, {"né": 7, "x": -1})


def test_the_first_version_holds_the_time_alone():
    assert decode(in_base64(">bq", 1, 9)) == (9, {})
    assert decode(in_base64(">bqii2sq", 1, 9, 1, 2, b"ab", 7)) == (9, {})


def test_no_metadata_means_an_unknown_time_and_is_worth_no_word(caplog):
    assert decode("") == decode(None) == (UNKNOWN_TIME, {}) == (-1, {})
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ("***", "unpack_from requires a buffer of at least 9 bytes"),
        (in_base64(">bq", 3, 9), "version 3"),
        (in_base64(">bq", 0, 9), "version 0"),
        (in_base64(">bqi", 2, 9, 1), "unpack_from requires a buffer of at least 17 bytes"),
        (in_base64(">bqii2s", 2, 9, 1, 2, b"ab"), "unpack_from requires"),
        (in_base64(">bqii2sq", 2, 9, 1, -2, b"ab", 7), "bad char in struct format"),
        (in_base64(">bqii2sq", 2, 9, 1, 2, b"\xff\xff", 7), "can't decode byte"),
        (in_base64(">bqii2sq", 2, 9, 2, 2, b"ab", 7), "unpack_from requires"),
    ],
    ids=[
        "no base64",
        "later",
        "earlier",
        "no numbers",
        "a number cut off",
        "a length below zero",
        "no text",
        "too few numbers",
    ],
)
def test_what_cannot_be_read_counts_as_nothing_and_the_reason_is_told(metadata, reason, caplog):
    assert decode(metadata) == (-1, {})
    [told] = caplog.messages
    assert told.startswith(f"the metadata {metadata!r} committed with an offset is not understood (")
    assert reason in told
    assert told.endswith(") and is ignored")


def test_a_count_below_zero_is_none_as_in_java():
    assert decode(in_base64(">bqi", 2, 9, -1)) == (9, {})


@given(LONGS, st.text())
def test_what_follows_the_base64_is_not_looked_at(time, rest):
    metadata = encode(time, {})
    assert decode(f"{metadata}\N{REPLACEMENT CHARACTER}{rest}") == (time, {})


@pytest.mark.parametrize("numbers", [{}, {"a": 1}, {"ab": 1}, {"abc": 1}], ids=["0", "1", "2", "3"])
def test_padded_or_not_the_base64_ends_where_it_ends(numbers):
    metadata = encode(9, numbers)
    assert decode(f"{metadata}\0") == (9, numbers)
