"""Keys go to the partitions on which Java's producers put them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.processor.partitioners import (
    MOST_HASHES,
    KeyHashes,
    key_hash,
    murmur2,
    partition_for_key,
    placing,
)


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_the_values_of_kafkas_own_tests(key, signed):
    assert murmur2(key) == signed % 2**32
    assert key_hash()(key) == signed % 2**32


@given(st.binary(max_size=40))
def test_the_hash_in_use_is_murmur2(key):
    assert key_hash()(key) == murmur2(key)


def test_a_partition_is_the_positive_hash_modulo_the_partitions():
    assert partition_for_key(b"foobar", 7) == (-790332482 & 0x7FFFFFFF) % 7


def test_no_more_hashes_are_kept_than_there_is_room_for():
    hashes = KeyHashes()
    for number in range(MOST_HASHES + 2):
        assert hashes[b"%d" % number] >= 0
    assert len(hashes) == 2
    assert hashes[b"foobar"] == -790332482 & 0x7FFFFFFF


def test_a_partitioner_with_five_parameters_is_given_the_headers():
    with_headers = placing(lambda topic, key, value, headers, partitions: len(headers) % partitions)
    assert with_headers("t", "k", "v", (("a", b""), ("b", b"")), 3) == 2


@pytest.mark.parametrize(
    "partitioner",
    [
        lambda topic, key, value, partitions: partitions - 1,
        lambda topic, key, value, partitions, seed=7: partitions - 1,
        lambda *given: given[3] - 1,
    ],
)
def test_any_other_partitioner_is_given_the_number_of_partitions_fourth(partitioner):
    assert placing(partitioner)("t", "k", "v", (), 3) == 2
