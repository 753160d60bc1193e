"""Many values are read as one by one, whatever the serde."""

import pytest

from kstream_cli.errors import SerializationError
from kstream_cli.serde.batches import batch_reader
from kstream_cli.serde.built_in import (
    BooleanSerde,
    BytesSerde,
    DoubleSerde,
    FloatSerde,
    IntegerSerde,
    LongSerde,
    ShortSerde,
    StringSerde,
)


@pytest.mark.parametrize(
    ("serde", "values"),
    [
        (LongSerde(), [0, -1, 2**63 - 1]),
        (IntegerSerde(), [0, -1, 2**31 - 1]),
        (ShortSerde(), [0, -1, 2**15 - 1]),
        (DoubleSerde(), [0.0, -1.5, 1e300]),
        (FloatSerde(), [0.0, -1.5, 2.0]),
        (StringSerde(), ["", "a", "é", "\0"]),
        (StringSerde(errors="strict"), ["", "a", "é"]),
        (BytesSerde(), [b"", b"a"]),
        (BooleanSerde(), [True, False]),
        (LongSerde(), []),
    ],
)
def test_a_batch_is_what_its_values_are(serde, values):
    data = [serde.serializer("t")(value) for value in values]
    assert batch_reader(serde.deserializer("t"))(data) == values


def test_text_that_is_not_utf8_is_read_as_replacement_characters():
    assert batch_reader(StringSerde().deserializer("t"))([b"a", b"\xff", "é".encode()]) == ["a", "�", "é"]


@pytest.mark.parametrize("wrong", [[b"\0" * 4, b"\0" * 12], [b"\0" * 8, b""], [b"\0" * 16]])
def test_a_number_of_the_wrong_length_is_refused_in_a_batch_as_alone(wrong):
    with pytest.raises(SerializationError, match="LongSerde reads 8 bytes, not"):
        batch_reader(LongSerde().deserializer("t"))(wrong)


def test_a_serde_derived_from_a_built_in_one_reads_batches_its_own_way():
    class Cents(LongSerde):
        def deserializer(self, topic, *, is_key=False):
            read = super().deserializer(topic, is_key=is_key)
            return lambda data: read(data) / 100

    assert batch_reader(Cents().deserializer("t"))([(250).to_bytes(8, "big")]) == [2.5]
