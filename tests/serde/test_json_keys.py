"""Types whose equal values would be other bytes are refused as keys; times of an hour that clocks pass twice."""

import datetime
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import attrs
import pydantic
import pytest
from pydantic import AliasPath, BaseModel, ConfigDict, Field, computed_field

from kstream_cli import BooleanSerde, FloatSerde, JsonSerde, Materialized, StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import ConfigError, SerializationError

BERLIN = ZoneInfo("Europe/Berlin")
TWICE = datetime.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
LEFT_OUT = datetime.datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN)


SWITCH = Literal[1] | bool


def model(part: Any, default: Any = ...) -> type[BaseModel]:
    return pydantic.create_model("Model", part=(part, default))


@pytest.mark.parametrize(
    "numbers", [int | bool, float | bool, int | Decimal, float | Decimal | None, Literal[1] | bool]
)
@pytest.mark.parametrize("inside", [lambda part: part, lambda part: make_dataclass("Made", [("part", part)]), model])
def test_a_key_that_takes_equal_numbers_of_two_types_is_refused(numbers: Any, inside: Any) -> None:
    if inside is model and numbers == SWITCH:
        return  # pydantic reads True as 1 there.
    serde = JsonSerde(inside(numbers))
    serde.serializer("t")
    with pytest.raises(ConfigError, match=r"cannot be a key: it takes (int|float) and (bool|Decimal)"):
        serde.serializer("t", is_key=True)


@dataclass
class Noted:
    shop: str
    note: str = field(default="", compare=False)


@pydantic.dataclasses.dataclass
class NotedModel:
    shop: str
    note: str = field(default="", compare=False)


@attrs.define
class AnyCase:
    note: str = attrs.field(eq=str.casefold)


@pytest.mark.parametrize("type", [model(Noted), model(list[Noted]), NotedModel, AnyCase, list[AnyCase]])
def test_a_key_with_a_field_that_is_compared_otherwise_is_refused(type: Any) -> None:
    serde = JsonSerde(type)
    serde.serializer("t")
    with pytest.raises(ConfigError, match=r"cannot be a key: field 'note'"):
        serde.serializer("t", is_key=True)


ONE, OTHER = Decimal("1"), Decimal("1.0")


@pytest.mark.parametrize(
    ("type", "one", "other"),
    [
        (deque[Decimal], deque([ONE]), deque([OTHER])),
        (Counter[str], Counter(a=1, b=2), Counter(b=2, a=1)),
        (defaultdict[str, list[Decimal]], {"a": [ONE], "b": []}, {"b": [], "a": [OTHER]}),
        (OrderedDict[str, Decimal], OrderedDict(b=ONE, a=ONE), OrderedDict(b=OTHER, a=OTHER)),
    ],
)
def test_equal_collections_in_a_pydantic_key_are_equal_bytes(type: Any, one: Any, other: Any) -> None:
    made = model(type)
    write = JsonSerde(made).serializer("t", is_key=True)
    assert made(part=one) == made(part=other)
    assert write(made(part=one)) == write(made(part=other))


class Stated(BaseModel):
    amount: int = 1

    @computed_field
    def double(self) -> int:
        return self.amount * 2


class Strict(Stated):
    model_config = ConfigDict(extra="forbid")


class Open(Stated):
    model_config = ConfigDict(extra="allow")


class ByNameOnly(BaseModel):
    model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)
    item: str = Field("", alias="Item")


class FromPath(BaseModel):
    item: str = Field("", validation_alias=AliasPath("items", 0))


@dataclass
class HoldsOpen:
    inner: Open


@pytest.mark.parametrize(
    ("type", "message"),
    [
        (Strict, r"computed field 'double' of Strict is written, and refused when it is read"),
        (Open, r"computed field 'double' of Open is written, and another field"),
        (model(HoldsOpen), "computed field 'double' of Open"),
        (ByNameOnly, "'item' of ByNameOnly is written as 'Item', and read as 'item'"),
        (FromPath, r"'item' of FromPath is written as 'item', and read as AliasPath"),
        (model(pydantic.SecretStr), "asterisks"),
        (model(list[pydantic.SecretBytes]), "asterisks"),
        (model(pydantic.Json[dict[str, int]]), "reads it as text only"),
        (model(Iterable[int]), "Use list"),
    ],
)
def test_a_model_that_cannot_be_read_back_is_refused_when_its_serde_is_made(type: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        JsonSerde(type)


def test_a_computed_field_is_written_where_readers_leave_it_out() -> None:
    serde = JsonSerde(Stated)
    data = serde.serializer("t", is_key=True)(Stated())
    assert data == b'{"amount":1,"double":2}'
    assert serde.deserializer("t")(data) == Stated()


# Python takes both 02:30 of such a night for equal, and none of them for equal to its instant in another zone.


@pytest.mark.parametrize("time", [TWICE, TWICE.replace(fold=1), LEFT_OUT, LEFT_OUT.replace(fold=1)])
@pytest.mark.parametrize(
    ("type", "inside"),
    [
        (datetime.datetime, lambda time: time),
        (list[datetime.datetime | None], lambda time: [time]),
        (dict[str, datetime.datetime], lambda time: {"at": time}),
        (part := make_dataclass("Part", [("at", datetime.datetime)]), part),
        (moment := model(datetime.datetime), lambda time: moment(part=time)),
    ],
)
def test_a_time_that_clocks_pass_twice_is_written_as_its_instant(type: Any, inside: Any, time: Any) -> None:
    serde = JsonSerde(type)
    read = serde.deserializer("t")(serde.serializer("t")(inside(time)))
    shown = inside(time.astimezone(datetime.UTC))
    assert read == shown
    with pytest.raises(SerializationError, match=r"cannot be part of a key.*UTC"):
        serde.serializer("t", is_key=True)(inside(time))


# What cannot be written.


class Text(str):
    pass


@dataclass
class Sold:
    items: list[str]
    counts: dict[int, int] = field(default_factory=dict)


@pytest.mark.parametrize("is_key", [True, False])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Sold(["pear", Text("fig")]), r"\$\.items\[1\] of Sold is 'fig', which JSON cannot hold"),
        (Sold([], {True: 1}), r"\$\.counts of Sold is \{True: 1\}, which JSON cannot hold"),
        (Sold(["\ud800"]), r"\$\.items\[0\] of Sold"),
    ],
)
def test_an_error_names_the_part_that_cannot_be_written(value: Any, message: str, is_key: bool) -> None:
    with pytest.raises(SerializationError, match=message):
        JsonSerde(Sold).serializer("t", is_key=is_key)(value)


def test_nan_in_a_key_of_a_model_is_named() -> None:
    made = model(float)
    with pytest.raises(SerializationError, match=r"\$\.part of Model is nan. JSON has no NaN"):
        JsonSerde(made).serializer("t", is_key=True)(made(part=float("nan")))


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


@pytest.mark.parametrize("serde", [BooleanSerde(), JsonSerde(dict), JsonSerde(bool)])
def test_a_value_whose_repr_raises_is_refused_in_words(serde: Any) -> None:
    with pytest.raises(SerializationError, match="whose repr raises RuntimeError"):
        serde.serializer("t")(Shy())


@pytest.mark.parametrize("caching", [True, False])
def test_a_store_of_short_floats_gives_what_was_written(caching: bool) -> None:
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=float).group_by_key().reduce(
        lambda one, other: one + other, store=Materialized("totals", caching=caching, value=FloatSerde())
    )
    with TopologyTestDriver(builder) as driver:
        driver.input("in").pipe(("a", 0.1))
        assert driver.store("totals").get("a")[0] == 0.10000000149011612
