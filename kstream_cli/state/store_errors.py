"""Serdes of a store's values, whose errors name the store and, where possible, the key."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from kstream_cli.errors import SerializationError
from kstream_cli.serde.batches import batch_reader
from kstream_cli.user_objects import repr_of, text_of

T = TypeVar("T")


def named_writer(store: str, write: Callable[[T], bytes]) -> Callable[[T], bytes]:
    """The serializer; what it raises says which store it was for."""

    def named(value: T) -> bytes:
        try:
            return write(value)
        except SerializationError as error:  # It says already what is wrong, and what helps.
            raise SerializationError(f"store {store!r} cannot write {repr_of(value, 80)}: {text_of(error)}") from error
        except Exception as error:
            raise SerializationError(
                f"store {store!r} cannot write {repr_of(value, 80)} ({type(value).__name__}): {text_of(error)}. "
                f"Give the store a value serde for what is put into it (value=)"
            ) from error

    return named


def named_reader(store: str, read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """The deserializer; what it raises says which store, and where possible which key, has the value."""

    def readable(data: bytes) -> T:
        try:
            return read(data)
        except Exception as error:
            raise unreadable(store, error) from error

    return readable


def unreadable(store: str, error: Exception) -> SerializationError:
    return SerializationError(
        f"store {store!r} holds a value{_of_key()} that its serde cannot read: {text_of(error)}. Was it written with "
        "another type? Give new fields a default, or JsonSerde an upgrade= function for old rows; or reset the store"
    )


def _of_key() -> str:
    """The key that somebody asks a store for: the calls that are under way know it, so that reads need not note it."""
    frame, found = sys._getframe(2), ""
    while frame.f_back is not None:
        frame = frame.f_back
        # Other frames are not asked for their values: Python would keep these as long as the error, iterators included.
        if "key" in frame.f_code.co_varnames and "key" in frame.f_locals:
            found = f" for key {repr_of(frame.f_locals['key'], 80)}"
        elif found:
            break
        if not frame.f_globals.get("__name__", "").startswith("kstream_cli.state"):
            break
    return found


def named_batch_reader(store: str, read: Callable[[bytes], T]) -> Callable[[list[bytes]], list[T]]:
    readable, read_all = named_reader(store, read), batch_reader(read)

    def all_readable(data: list[bytes]) -> list[T]:
        try:
            return read_all(data)
        except Exception:
            return list(map(readable, data))  # Again, for the error that says where.

    return all_readable
