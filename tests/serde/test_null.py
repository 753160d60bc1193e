"""A deserializer called with None gives None, as in Java, in every serde."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass

import pytest

import kstream_cli.serde
from kstream_cli import Serde
from kstream_cli.serde.built_in import BytesSerde, LongSerde, StringSerde
from kstream_cli.serde.carried import CarriedSerde
from kstream_cli.serde.json import JsonSerde
from kstream_cli.serde.serde import reader_of
from kstream_cli.serde.types import serde_for
from kstream_cli.serde.windowed import SessionWindowedSerde, TimeWindowedSerde


@dataclass
class Order:
    amount: int


class OwnSerde(Serde[str]):
    def serializer(self, topic, *, is_key=False):
        return str.encode

    def deserializer(self, topic, *, is_key=False):
        return bytes.decode


class Derived(OwnSerde):
    def deserializer(self, topic, *, is_key=False):
        return super().deserializer(topic, is_key=is_key)


TEXT = StringSerde()
SERDES = [
    *(StringSerde(errors=errors) for errors in ("replace", "strict", "ignore")),
    BytesSerde(),
    *(serde_for(each) for each in (int, float, bool, str, bytes, dict, list[int], Order)),
    JsonSerde(Order),
    TimeWindowedSerde(TEXT, 10),
    SessionWindowedSerde(TEXT),
    CarriedSerde(TEXT, is_key=True),
    Serde.of(str.encode, bytes.decode),
    OwnSerde(),
    Derived(),
]


@pytest.mark.parametrize("serde", SERDES, ids=lambda serde: repr(serde).partition(" object at ")[0])
@pytest.mark.parametrize("is_key", [False, True])
def test_none_gives_none(serde, is_key):
    assert serde.deserializer("topic", is_key=is_key)(None) is None


def test_every_class_of_serde_takes_none():
    modules = [
        importlib.import_module(f"kstream_cli.serde.{each.name}")
        for each in pkgutil.iter_modules(kstream_cli.serde.__path__)
    ]
    classes = {
        each
        for module in modules
        for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Serde)
    }
    written = [each.deserializer for each in classes if not inspect.isabstract(each)]
    assert len(written) > 15
    assert all(hasattr(each, "__wrapped__") for each in written)


def test_who_never_has_none_reads_without_a_look_at_it():
    assert reader_of(StringSerde(errors="strict"), "topic") is bytes.decode
    assert reader_of(Derived(), "topic") is bytes.decode
    assert reader_of(LongSerde(), "a") is reader_of(LongSerde(), "b")
