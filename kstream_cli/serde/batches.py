"""Reading many values at once, for scans: as the serde's function reads each, but where possible without calling it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from struct import Struct
from typing import Any, TypeVar

from kstream_cli.serde.built_in import (
    DoubleSerde,
    FloatSerde,
    IntegerSerde,
    LongSerde,
    ShortSerde,
    lossy_text,
    number_reader,
)
from kstream_cli.serde.serde import Deserializer

T = TypeVar("T")


def batch_reader(read: Deserializer[T]) -> Callable[[list[bytes]], list[T]]:
    """A function for many values; it raises what `read` raises on the first that it cannot read."""

    def one_by_one(data: list[bytes]) -> list[T]:
        return list(map(read, data))

    # Functions are told by identity: a serde of the user's own may be any callable, derived from any serde here.
    if read is lossy_text:
        return _texts(one_by_one)
    for serde in (LongSerde, IntegerSerde, ShortSerde, DoubleSerde, FloatSerde):
        if read is number_reader(serde):
            return _numbers(serde.layout, one_by_one)
    return one_by_one


def _texts(one_by_one: Callable[[list[bytes]], list[Any]]) -> Callable[[list[bytes]], list[Any]]:
    def texts(data: list[bytes]) -> list[Any]:
        try:
            return list(map(bytes.decode, data))
        except UnicodeDecodeError:
            return one_by_one(data)

    return texts


def _numbers(layout: Struct, one_by_one: Callable[[list[bytes]], list[Any]]) -> Callable[[list[bytes]], list[Any]]:
    iter_unpack, sizes = layout.iter_unpack, {layout.size}

    def numbers(data: list[bytes]) -> list[Any]:
        if set(map(len, data)) != sizes:
            return one_by_one(data)
        return list(chain.from_iterable(iter_unpack(b"".join(data))))

    return numbers
