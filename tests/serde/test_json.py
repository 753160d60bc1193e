"""JSON from Python types."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypedDict

import msgspec
import pydantic
import pytest

from kstream_cli import JsonSerde
from kstream_cli.errors import ConfigError


@dataclass
class Order:
    item: str
    amount: int


class OrderStruct(msgspec.Struct):
    item: str
    amount: int


class OrderDict(TypedDict):
    item: str
    amount: int


class OrderModel(pydantic.BaseModel):
    item: str
    amount: int


ORDERS = [
    Order("pear", 2),
    OrderStruct("pear", 2),
    OrderDict(item="pear", amount=2),
    OrderModel(item="pear", amount=2),
]
TYPES = [Order, OrderStruct, OrderDict, OrderModel]


@pytest.mark.parametrize(("type", "order"), list(zip(TYPES, ORDERS, strict=True)))
def test_each_kind_of_typed_object_is_the_same_json(type, order):
    assert JsonSerde(type).serializer("orders")(order) == b'{"item":"pear","amount":2}'


@pytest.mark.parametrize(("type", "order"), list(zip(TYPES, ORDERS, strict=True)))
def test_json_is_read_as_the_type(type, order):
    assert JsonSerde(type).deserializer("orders")(b'{"item": "pear", "amount": 2}') == order


@pytest.mark.parametrize("type", TYPES)
def test_json_of_another_shape_is_refused(type):
    with pytest.raises((msgspec.ValidationError, pydantic.ValidationError), match="amount"):
        JsonSerde(type).deserializer("orders")(b'{"item": "pear", "amount": "many"}')


def test_pydantic_models_inside_a_list_are_read_as_models():
    serde = JsonSerde(list[OrderModel])
    orders = [OrderModel(item="pear", amount=2)]
    assert serde.deserializer("orders")(serde.serializer("orders")(orders)) == orders


def test_a_type_that_has_no_hash_has_a_serde():
    serde = JsonSerde(Annotated[int, {"unit": "cents"}])
    assert serde.deserializer("prices")(b"12") == 12


def test_what_is_not_json_is_refused():
    with pytest.raises(msgspec.DecodeError):
        JsonSerde(dict).deserializer("orders")(b"{")


def test_equal_keys_are_equal_bytes_whatever_the_order_of_a_dict():
    write = JsonSerde(dict).serializer("orders", is_key=True)
    assert write({"b": 1, "a": 2}) == write({"a": 2, "b": 1})


def test_values_keep_the_order_of_a_dict():
    assert JsonSerde(dict).serializer("orders")({"b": 1, "a": 2}) == b'{"b":1,"a":2}'


def test_a_type_json_has_no_form_for_is_refused_when_the_serde_is_made():
    with pytest.raises(ConfigError, match="no serde for"):
        JsonSerde(dict[Order, int] | set[int] | list[int])


class FrozenStruct(msgspec.Struct, frozen=True):
    item: str
    at: datetime.datetime
    price: Decimal | None = None


@dataclass(frozen=True)
class FrozenOrder:
    lines: tuple[FrozenStruct, ...]


@dataclass(frozen=True)
class FrozenWithList:
    lines: list[str]


@pytest.mark.parametrize("type", [FrozenStruct, FrozenOrder, str, tuple[int, str], int | None])
def test_values_that_nobody_can_change_are_immutable(type):
    assert JsonSerde(type).immutable


@pytest.mark.parametrize("type", [Order, OrderStruct, OrderDict, OrderModel, FrozenWithList, dict, list[int], tuple])
def test_values_that_can_be_changed_in_place_are_not_immutable(type):
    assert not JsonSerde(type).immutable
