"""The bytes that the two sides of a foreign-key join send each other, and the hash in them."""

from __future__ import annotations

import pytest

from kstream_cli.errors import SerializationError
from kstream_cli.serde.murmur3 import hash128
from kstream_cli.serde.serde import Serde
from kstream_cli.serde.subscription import (
    Instruction,
    Subscription,
    SubscriptionResponse,
    SubscriptionResponseSerde,
    SubscriptionSerde,
)

TEXT = Serde.of(str.encode, bytes.decode)
HASH = bytes(range(16))

# Printed by the released library for bytes i * 37 + 200 (mod 256).
HASHES = {
    0: "9d2764a018e329428c3cf3b035938518",
    1: "bff2166f25d4e3caad76f90042c32eb7",
    7: "e2c12aaa37615c8d78e8fff449acd2e3",
    8: "5376fe5d8752a4802bcfb922970c534c",
    9: "b79cc91e67eb164f7285936d18b5c4c8",
    15: "8541440932df88a8133781906f758397",
    16: "3b1ca826ba2a8ab100ff368af7e15570",
    17: "14606ec89b0c68c720e38f08a941bbdf",
    24: "51113554edd27de75501bcf9acda8270",
    31: "0fc8bff6b4d635a2db8b6c0ce90a3cd8",
    33: "c811ac0257c06b43de4815d1c281354e",
    100: "ac5e6f34f01858a4773258770366c397",
}


@pytest.mark.parametrize(("size", "expected"), HASHES.items())
def test_the_hash_is_the_one_java_computes(size, expected):
    assert hash128(bytes((i * 37 + 200) % 256 for i in range(size))).hex() == expected


def test_a_subscription_is_version_instruction_hash_primary_key_and_partition():
    subscription = Subscription(HASH, Instruction.PROPAGATE_ONLY_IF_FK_VAL_AVAILABLE, "pk", 7)
    data = SubscriptionSerde(TEXT).serializer("topic")(subscription)
    assert data.hex() == "0103" + HASH.hex() + "706b" + "00000007"
    assert SubscriptionSerde(TEXT).deserializer("topic")(data) == subscription


def test_a_subscription_without_hash_says_so_in_its_first_bit():
    subscription = Subscription(None, Instruction.DELETE_KEY_AND_PROPAGATE, "pk", 0)
    data = SubscriptionSerde(TEXT).serializer("topic")(subscription)
    assert data.hex() == "8101" + "706b" + "00000000"
    assert SubscriptionSerde(TEXT).deserializer("topic")(data) == subscription


def test_a_subscription_of_version_0_is_read_and_written_without_a_partition():
    data = bytes.fromhex("0002" + HASH.hex() + "706b")
    subscription = SubscriptionSerde(TEXT).deserializer("topic")(data)
    assert subscription == Subscription(HASH, Instruction.PROPAGATE_NULL_IF_NO_FK_VAL_AVAILABLE, "pk", None)
    assert SubscriptionSerde(TEXT).serializer("topic")(subscription) == data


def test_a_response_is_version_hash_and_the_right_value():
    serde = SubscriptionResponseSerde(TEXT)
    data = serde.serializer("topic")(SubscriptionResponse(HASH, "right", 3))
    assert data.hex() == "00" + HASH.hex() + b"right".hex()
    assert serde.deserializer("topic")(data) == SubscriptionResponse(HASH, "right")


def test_a_response_without_value_ends_after_the_hash():
    serde = SubscriptionResponseSerde(TEXT)
    assert serde.serializer("topic")(SubscriptionResponse(None, None)).hex() == "80"
    assert serde.deserializer("topic")(b"\x80") == SubscriptionResponse(None, None)
    assert serde.deserializer("topic")(b"\x00" + HASH) == SubscriptionResponse(HASH, None)


@pytest.mark.parametrize(
    ("serde", "newer"), [(SubscriptionSerde(TEXT), b"\x02\x00"), (SubscriptionResponseSerde(TEXT), b"\x01")]
)
def test_a_newer_version_is_refused_by_its_number(serde, newer):
    with pytest.raises(SerializationError, match=f"version {newer[0]}"):
        serde.deserializer("topic")(newer)


def test_an_inner_serde_left_open_is_taken_from_the_defaults():
    serde = SubscriptionSerde(None).with_defaults(TEXT, None)
    assert (
        serde.serializer("t")(Subscription(None, Instruction.DELETE_KEY_NO_PROPAGATE, "k", 0)).hex() == "81006b00000000"
    )
    with pytest.raises(SerializationError, match=r"default\.value\.serde"):
        SubscriptionResponseSerde(None).with_defaults(TEXT, None).serializer("t")
