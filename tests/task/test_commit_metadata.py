"""What is committed beside offsets can be read by Java, and the other way round."""

import base64
import struct

from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.task.commit_metadata import decode, encode

LONGS = st.integers(-(2**63), 2**63 - 1)


@given(LONGS, st.dictionaries(st.text(max_size=5), LONGS))
def test_what_is_encoded_is_decoded(time, numbers):
    assert decode(encode(time, numbers)) == (time, numbers)


def test_the_layout_is_javas():
    data = base64.b64decode(encode(5, {"ab": 7}))
    assert data == struct.pack(">bqii2sq", 2, 5, 1, 2, b"ab", 7)


def test_the_first_version_holds_the_time_alone():
    assert decode(base64.b64encode(struct.pack(">bq", 1, 9)).decode()) == (9, {})


def test_no_metadata_means_an_unknown_time():
    assert decode("") == decode(None) == (-1, {})


def test_what_cannot_be_read_counts_as_nothing():
    assert decode("***") == decode(base64.b64encode(b"\x09zzzzzzzz").decode()) == (-1, {})


@given(LONGS, st.text())
def test_what_follows_the_base64_is_not_looked_at(time, rest):
    metadata = encode(time, {})
    assert decode(f"{metadata}\N{REPLACEMENT CHARACTER}{rest}") == (time, {})
