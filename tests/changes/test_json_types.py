"""What a new type makes of old JSON: each verdict is held against what really comes back."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, make_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

import msgspec
import pydantic
import pytest

from kstream_cli import JsonSerde
from kstream_cli.changes.finding import LEVELS
from kstream_cli.changes.json_types import changed_keys, changed_values
from kstream_cli.described.json_types import json_type


class Small(enum.Enum):
    A = "a"
    B = "b"


class Large(enum.Enum):
    A = "a"
    B = "b"
    C = "c"


class Swapped(enum.Enum):
    A = "b"
    B = "a"


class Renamed(enum.Enum):
    FIRST = "a"
    SECOND = "b"


class Point(NamedTuple):
    x: int
    y: int


class Turned(NamedTuple):
    y: int
    x: int


class Higher(NamedTuple):
    x: int
    y: int
    z: int = 0


class Flat(msgspec.Struct, array_like=True):
    x: int
    y: int


class Flatter(msgspec.Struct, array_like=True):
    x: int


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    a: int


class Tagged(msgspec.Struct, tag="one"):
    a: int


class OtherTag(msgspec.Struct, tag="two"):
    a: int


class Dict(TypedDict):
    a: int


class DictMore(TypedDict):
    a: int
    b: NotRequired[str]


class DictMustHave(TypedDict):
    a: int
    b: str


class Model(pydantic.BaseModel):
    a: int


class ModelMore(pydantic.BaseModel):
    a: int
    b: str = ""


class ModelAlias(pydantic.BaseModel):
    first: int = pydantic.Field(alias="a")


@dataclass
class Tree:
    a: int
    kids: "list[Tree]" = field(default_factory=list)


@dataclass
class Bush:
    a: int
    kids: "list[Bush]" = field(default_factory=list)
    leaf: bool = False


def made(name: str = "Order", /, **fields: Any) -> Any:
    """A dataclass; a field is its type, or (type, default)."""
    given = [(each, *(kind if isinstance(kind, tuple) else (kind,))) for each, kind in fields.items()]
    return make_dataclass(name, given)


ONE = made(a=int)
TWO = made(a=int, b=int)

CASES: Sequence[tuple[str, Any, Any, str, str]] = (
    ("nothing", ONE, made(a=int), '{"a": 1}', ""),
    ("a class of another name", ONE, made("Purchase", a=int), '{"a": 1}', ""),
    ("a dataclass becomes a model", ONE, Model, '{"a": 1}', ""),
    ("a dataclass becomes a TypedDict", ONE, Dict, '{"a": 1}', ""),
    ("a field with a default", ONE, made(a=int, b=(str, "")), '{"a": 1}', "safe"),
    ("a field without a default", ONE, made(a=int, b=str), '{"a": 1}', "breaking"),
    ("a field that may be missing", Dict, DictMore, '{"a": 1}', "safe"),
    ("a field that may not be missing", Dict, DictMustHave, '{"a": 1}', "breaking"),
    ("a model's field with a default", Model, ModelMore, '{"a": 1}', "safe"),
    ("a model's field under an alias", Model, ModelAlias, '{"a": 1}', ""),
    ("a field less", TWO, ONE, '{"a": 1, "b": 2}', "careful"),
    ("a field less where others are refused", TWO, Closed, '{"a": 1, "b": 2}', "breaking"),
    ("a renamed field", ONE, made(b=int), '{"a": 1}', "breaking"),
    ("a renamed field with a default", ONE, made(b=(int, 0)), '{"a": 1}', "breaking"),
    ("fields in another order", TWO, made(b=int, a=int), '{"a": 1, "b": 2}', ""),
    ("another default", made(a=(int, 1)), made(a=(int, 2)), '{"a": 1}', "careful"),
    ("int to float", ONE, made(a=float), '{"a": 1}', "safe"),
    ("float to int", made(a=float), ONE, '{"a": 1.5}', "breaking"),
    ("int to str", ONE, made(a=str), '{"a": 1}', "breaking"),
    ("str to a time", made(a=str), made(a=datetime), '{"a": "x"}', "breaking"),
    ("a time to str", made(a=datetime), made(a=str), '{"a": "2026-01-01T00:00:00"}', "careful"),
    ("int to Decimal", ONE, made(a=Decimal), '{"a": 1}', "safe"),
    ("str to str or None", made(a=str), made(a=str | None), '{"a": "x"}', "safe"),
    ("str or None to str", made(a=str | None), made(a=str), '{"a": null}', "breaking"),
    ("a type less in a union", made(a=int | str), ONE, '{"a": "x"}', "breaking"),
    ("a value less", Large, Small, '"c"', "breaking"),
    ("a value more", Small, Large, '"a"', "safe"),
    ("values that were swapped", Small, Swapped, '"a"', "breaking"),
    ("values of other names", Small, Renamed, '"a"', ""),
    ("a literal less", Literal["a", "b"], Literal["a"], '"b"', "breaking"),
    ("an enum to str", Small, made(a=str), '"a"', "breaking"),
    ("items", list[int], list[str], "[1]", "breaking"),
    ("keys of a dict", dict[int, int], dict[str, int], '{"1": 1}', "careful"),
    ("values of a dict", dict[str, int], dict[str, float], '{"a": 1}', "safe"),
    ("a list to a set", list[int], set[int], "[1]", "careful"),
    ("places that were swapped", Point, Turned, "[1, 2]", "breaking"),
    ("a place more", Point, Higher, "[1, 2]", "safe"),
    ("a place less", Flat, Flatter, "[1, 2]", "careful"),
    ("a place less in a NamedTuple", Higher, Point, "[1, 2, 3]", "breaking"),
    ("another tag", Tagged, OtherTag, '{"type": "one", "a": 1}', "breaking"),
    ("a nested field", made(o=ONE), made(o=made(a=int, b=int)), '{"o": {"a": 1}}', "breaking"),
    ("a nested field with a default", made(o=ONE), made(o=made(a=int, b=(int, 0))), '{"o": {"a": 1}}', "safe"),
    ("a class within itself", Tree, Bush, '{"a": 1, "kids": [{"a": 2}]}', "safe"),
    ("anything becomes a class", dict, ONE, '{"a": 1}', "careful"),
)


MIXED = ("values that were swapped", "places that were swapped")
"""Cases in which all is read, and taken for something else."""


@pytest.mark.parametrize(("case", "old", "new", "row", "level"), CASES, ids=[case[0] for case in CASES])
def test_the_level_of_a_change_is_what_really_happens_to_a_row(case, old, new, row, level):
    found = changed_values(json_type(old), json_type(new))
    assert (found[0].level if found else "") == level, found
    before, after = JsonSerde(old), JsonSerde(new)
    written = before.serializer("rows")(before.deserializer("rows")(row.encode()))
    try:
        back = after.serializer("rows")(after.deserializer("rows")(written))
    except Exception:
        assert not all(change.is_read for change in found)
        return
    assert all(change.is_read for change in found)
    kept = _leaves(msgspec.json.decode(written)) <= _leaves(msgspec.json.decode(back))
    assert kept is (level != "breaking" or case in MIXED) or level == "careful"


def _leaves(value: Any, path: str = "") -> set[tuple[str, str]]:
    """Path -> simple value; 1.0 is 1, and text that stands for a number is that number."""
    if isinstance(value, dict):
        return set().union(*(_leaves(each, f"{path}.{name}") for name, each in value.items()))
    if isinstance(value, list):
        return set().union(*(_leaves(each, f"{path}.{place}") for place, each in enumerate(value)))
    return {(path, str(value).removesuffix(".0"))}


@pytest.mark.parametrize(
    ("old", "new", "breaks"),
    [
        (ONE, made("Other", a=int), False),
        (ONE, made(a=int, b=(int, 0)), True),
        (TWO, made(b=int, a=int), True),
        (ONE, made(a=float), True),
        (ONE, made(a=(int, 3)), False),
        (Small, Large, False),
        (Large, Small, True),
        (Tree, Tree, False),
    ],
)
def test_a_key_is_kept_only_where_its_bytes_are(old, new, breaks):
    found = changed_keys(json_type(old), json_type(new))
    assert any(change.level == "breaking" for change in found) is breaks


def test_levels_are_told_the_worst_first():
    found = changed_values(json_type(TWO), json_type(made(a=str, c=(float, 0.0))))
    assert [change.level for change in found] == sorted((change.level for change in found), key=LEVELS.index)


def test_a_type_survives_being_saved():
    for kind in (Tree, Small, Point, dict[str, list[int]], Literal["a", 1], Tagged, ModelMore):
        read = msgspec.json.decode(msgspec.json.encode(json_type(kind)), type=type(json_type(kind)))
        assert read == json_type(kind)
