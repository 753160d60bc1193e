"""What JsonSerde promises: a write raises, or what is read is equal; and equal keys are equal bytes."""

import datetime
import enum
import subprocess
import sys
import uuid
from collections import Counter, OrderedDict, deque, namedtuple
from dataclasses import dataclass, field, make_dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kstream_cli import JsonSerde
from kstream_cli.errors import ConfigError, SerializationError
from kstream_cli.serde import json as json_module
from kstream_cli.serde.difference import is_unclear


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62, max_value=2**66)
    | st.floats()
    | st.text()
    | st.text(st.characters())
    | st.binary(max_size=4)
    | st.datetimes(timezones=st.none() | st.timezones()).filter(lambda time: not is_unclear(time))
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.decimals()
    | st.sampled_from(
        [*Color, *Level, Rights.READ, Rights.READ | Rights.WRITE, object(), complex(1, 2), bytearray(b"x")]
    )
)
KEYS = (
    st.text(max_size=3) | st.integers() | st.floats() | st.booleans() | st.none() | st.dates() | st.sampled_from(Color)
)
ANYTHING = st.recursive(
    ODD,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.sets(st.integers() | st.text(max_size=2), max_size=3)
    ),
    max_leaves=6,
)

LEAVES: list[Any] = [
    str,
    int,
    float,
    bool,
    bytes,
    None,
    Decimal,
    uuid.UUID,
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    Color,
    Level,
    Rights,
    Literal["a", "b"],
    Literal[1, 2],
    Annotated[int, msgspec.Meta(ge=0)],
    Any,
    dict,
    list,
    tuple,
    set,
]
PARTS: list[Any] = [
    *LEAVES,
    *(leaf | None for leaf in (str, int, float, Decimal, Color, datetime.datetime)),
    int | float,
    list[float],
    list[Any],
    tuple[int, ...],
    tuple[int, float],
    set[int],
    frozenset[str],
    dict[str, float],
    dict[int, int],
    dict[float, int],
    dict[datetime.date, int],
    dict[Color, str],
    dict[int | str, int],
    dict[Any, Any],
]


FIELDS = ("part", "text")


def kinds(part: Any) -> dict[Any, Any]:
    """A class of each kind with a field of one type, and one of text; with what makes a value of the first's value."""
    fields = [("part", part), ("text", str, field(default="x"))]
    plain = make_dataclass("Plain", fields)
    nested = make_dataclass("Nested", [("part", plain), ("text", str, field(default="x"))])
    loose = {"part": attrs.field(type=part), "text": attrs.field(type=str, default="x")}
    classes = [
        plain,
        make_dataclass("Frozen", fields, frozen=True),
        make_dataclass("Slots", fields, slots=True),
        msgspec.defstruct("Struct", [("part", part), ("text", str, "x")]),
        msgspec.defstruct("Renamed", [("part", part), ("text", str, "x")], rename={"text": "Text"}, tag=True),
        msgspec.defstruct("Lean", [("part", part), ("text", str, "x")], omit_defaults=True),
        msgspec.defstruct("Array", [("part", part), ("text", str, "x")], array_like=True, frozen=True),
        attrs.make_class("Attributes", loose),
        attrs.make_class("Loose", loose, slots=False),
        NamedTuple("Named", [("part", part), ("text", str)]),
        pydantic.create_model("Model", part=(part, ...), text=(str, "x")),
    ]
    typed_dict: Any = TypedDict
    made: dict[Any, Any] = {
        part: lambda value: value,
        typed_dict("Typed", {"part": part}): lambda value: {"part": value},
    }
    for each in classes:
        made[each] = lambda value, each=each: each(**dict(zip(FIELDS, (value, "x"), strict=True)))
    made[nested] = lambda value: nested(plain(value))
    return made


def name_of(part: Any) -> str:
    return getattr(part, "__qualname__", str(part)) if not hasattr(part, "__args__") else str(part)


def values_of(part: Any) -> st.SearchStrategy[Any]:
    if part in (Any, dict, list, tuple, set, list[Any], dict[Any, Any]):
        return ANYTHING
    return st.from_type(type(None) if part is None else part) | ANYTHING


def attempt(function: Any, *arguments: Any) -> Any:
    """What a function gives; None where it raises."""
    try:
        return function(*arguments)
    except Exception:
        return None


@pytest.mark.parametrize("writers", [json_module.JSON_WRITERS, ()], ids=["native", "python"])
@pytest.mark.parametrize("part", PARTS, ids=name_of)
def test_a_write_raises_or_what_is_read_is_equal(part: Any, writers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_module, "JSON_WRITERS", writers)
    ways = []
    for made, make in kinds(part).items():
        serde = attempt(JsonSerde, made)
        for is_key in (False, True) if serde is not None else ():
            write = attempt(lambda serde, is_key: serde.serializer("t", is_key=is_key), serde, is_key)
            if write is not None:
                ways.append((make, write, serde.deserializer("t")))
    assert len(ways) > 20

    @settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    @given(values_of(part))
    def check(value: Any) -> None:
        for make, write, read in ways:
            whole = attempt(make, value)
            data = attempt(write, whole) if whole is not None else None
            if data is not None:
                assert read(data) == whole

    check()


# Equal keys.

UTC, EAST = datetime.UTC, datetime.timezone(datetime.timedelta(hours=5))
ALIKE: list[tuple[Any, list[Any]]] = [
    (float, [0.0, -0.0, 0, 1.0, 1, True]),
    (int | float, [0, 0.0, -0.0, 1, 1.0, 2**60, float(2**60)]),
    (Decimal, [Decimal(text) for text in ("1", "1.0", "1.00", "10", "1E+1", "10.0", "0", "-0", "0.00", "1E-7")]),
    (
        datetime.datetime,
        [datetime.datetime(2026, 1, 1, 12, tzinfo=UTC), datetime.datetime(2026, 1, 1, 17, tzinfo=EAST)],
    ),
    (datetime.time, [datetime.time(12, tzinfo=UTC), datetime.time(17, tzinfo=EAST), datetime.time(12)]),
    (Any, [{"a": 1, "b": 2.0}, {"b": 2, "a": 1.0}, [1, 2.0], [1.0, 2], 0.0, -0.0, 0]),
    (dict[str, float], [{"a": 0.0, "b": 1.0}, {"b": 1, "a": -0.0}, OrderedDict(b=1.0, a=0.0)]),
    (dict[float, int], [{0.0: 1, 1.0: 2}, {1: 2, -0.0: 1}]),
    (set[float], [{0.0, 1.0, 2.5}, {2.5, 1, -0.0}]),
    (frozenset[str], [frozenset("abcdef"), frozenset("fedcba")]),
    (tuple[int, float], [(1, 2.0), (1, 2), (1.0, 2.0)]),
    (list[Decimal], [[Decimal("1.0")], [Decimal(1)]]),
    (Literal[1, 2], [1, 1.0, True]),
    (Level, [Level.LOW, 1]),
]


@pytest.mark.parametrize("writers", [json_module.JSON_WRITERS, ()], ids=["native", "python"])
@pytest.mark.parametrize(("part", "values"), ALIKE, ids=[name_of(part) for part, _ in ALIKE])
def test_equal_keys_are_equal_bytes(
    part: Any, values: list[Any], writers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_module, "JSON_WRITERS", writers)
    compared = 0
    for made, make in kinds(part).items():
        write = attempt(lambda made: JsonSerde(made).serializer("t", is_key=True), made)
        keys = [each for value in values if write is not None and (each := attempt(make, value)) is not None]
        found = [(key, data) for key in keys if (data := attempt(write, key)) is not None]
        for one, data in found:
            for other, other_data in found:
                assert (one != other) or data == other_data, (one, other)
                compared += one == other
    assert compared > 20 or part is datetime.time


@dataclass
class Plain:
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Frozen:
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Slots:
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = field(default_factory=list)


@attrs.define
class Attributes:
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = attrs.Factory(list)


@attrs.define(slots=False)
class LooseAttributes:
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = attrs.Factory(list)


class Struct(msgspec.Struct):
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = []


class Lean(msgspec.Struct, omit_defaults=True):
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = []


class Model(pydantic.BaseModel):
    shop: str
    region: str = "eu"
    rank: int = 1000
    tags: list[str] = []


@dataclass(frozen=True)
class Nested:
    inner: Plain
    many: tuple[Frozen, ...] = ()


PLACES = [Plain, Frozen, Slots, Attributes, LooseAttributes, Struct, Lean, Model]
TEXTS = [
    b'{"shop":"a"}',
    b'{"shop":"a","region":"eu"}',
    b'{"tags":[],"rank":1000,"region":"eu","shop":"a"}',
    b'{"more":1,"region":"eu","shop":"a"}',
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("is_key", [True, False])
def test_an_object_is_the_same_bytes_however_it_was_made(place: Any, is_key: bool) -> None:
    serde = JsonSerde(place)
    read, write = serde.deserializer("t"), serde.serializer("t", is_key=is_key)
    objects = [place("a") if place is not Model else Model(shop="a"), *map(read, TEXTS)]
    objects.append(place(shop="a", region="".join(["e", "u"]), rank=int("1000"), tags=[]))
    assert len({str(each) for each in objects}) == 1
    if is_key or place is not Lean:
        assert len(set(map(write, objects))) == 1
    assert b"region" in write(objects[1]) or place is Lean


def test_an_object_inside_of_another_is_written_with_all_its_fields() -> None:
    serde = JsonSerde(Nested)
    nested = serde.deserializer("t")(b'{"many":[{"shop":"b"}],"inner":{"shop":"a"}}')
    made = Nested(Plain("a"), (Frozen("b"),))
    for is_key in (False, True):
        write = serde.serializer("t", is_key=is_key)
        assert write(nested) == write(made)
        assert write(made).count(b"region") == 2


def test_attributes_that_are_no_fields_are_not_written() -> None:
    place = Plain("a")
    place.note = "later"  # type: ignore[attr-defined]
    write = JsonSerde(Plain).serializer("t", is_key=True)
    assert write(place) == write(Plain("a"))


def test_equal_keys_are_equal_bytes_in_every_process() -> None:
    code = (
        "from kstream_cli import JsonSerde\n"
        "write = JsonSerde(dict[str, frozenset[str]]).serializer('t', is_key=True)\n"
        "print(write({'b': frozenset('abcdef'), 'a': frozenset('xyz')}))"
    )
    found = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1
    assert b"a" in found.pop()


@dataclass(frozen=True)
class Noted:
    shop: str
    note: str = field(default="", compare=False)


@attrs.frozen
class NotedAttributes:
    shop: str
    note: str = attrs.field(default="", eq=False)


class Tagged(pydantic.BaseModel):
    tags: set[str]


@pytest.mark.parametrize(("type", "named"), [(Noted, "note"), (NotedAttributes, "note"), (Tagged, "set")])
def test_a_type_whose_equal_objects_are_other_bytes_is_refused_as_a_key(type: Any, named: str) -> None:
    serde = JsonSerde(type)
    serde.serializer("t")
    with pytest.raises(ConfigError, match=f"cannot be a key.*{named}"):
        serde.serializer("t", is_key=True)


# What is refused, and in which words.


class Written(pydantic.BaseModel):
    item: str = pydantic.Field(serialization_alias="Item")


class LeftOut(pydantic.BaseModel):
    item: str = pydantic.Field(exclude=True)


class Aliased(pydantic.BaseModel):
    item: str = pydantic.Field(alias="Item")


@dataclass
class HoldsModel:
    model: Model


@dataclass
class HoldsComplex:
    numbers: list[complex]


@pytest.mark.parametrize(
    ("type", "message"),
    [
        (complex, "JSON has no form for complex. Use a dataclass or Struct of two floats"),
        (HoldsComplex, r"JSON has no form for complex \(in numbers\)"),
        (HoldsModel, r"JSON has no form for Model \(in model\). Make the whole type a pydantic model"),
        (Counter, r"Use dict\[str, int\]"),
        (OrderedDict, "Use dict"),
        (deque, "Use list"),
        (range, "Use list"),
        (dict[bool, int], r"Use dict\[str, …\]"),
        (type, "Use a dataclass, a msgspec Struct or a TypedDict"),
        (Written, "'item' of Written is written as 'Item', and read as 'item'"),
        (LeftOut, "'item' of LeftOut is needed to read it, and left out when it is written"),
    ],
)
def test_a_type_that_cannot_be_read_back_is_refused_when_its_serde_is_made(type: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        JsonSerde(type)


def test_a_model_is_written_under_the_names_that_it_is_read_by() -> None:
    serde = JsonSerde(Aliased)
    data = serde.serializer("t")(Aliased(Item="pear"))
    assert data == b'{"Item":"pear"}'
    assert serde.deserializer("t")(data).item == "pear"


@pytest.mark.parametrize(
    ("type", "value", "message"),
    [
        (dict, {"a": {"b": float("nan")}}, r"\$\.a\.b of dict is nan.*JSON has no NaN"),
        (Plain, Plain("a", rank=float("inf")), r"\$\.rank of Plain is inf"),
        (dict, {7: 1}, r"Keys in JSON are text: name the type of the dict, as in dict\[int, int\]"),
        (dict, {"at": datetime.datetime(2026, 1, 1)}, r"\$\.at of dict is datetime.*Give the serde a type that says"),
        (list, [1, {2}], r"\$\[1\] of list is \{2\}, and would be read back as \[2\]"),
        (Plain, Plain("a", rank="high"), r"Plain could not be read back from .*rank"),
    ],
)
def test_an_error_names_the_part_that_json_would_change(type: Any, value: Any, message: str) -> None:
    with pytest.raises(SerializationError, match=message):
        JsonSerde(type).serializer("t")(value)


def test_objects_without_an_equals_are_compared_by_their_fields() -> None:
    made = make_dataclass("Made", [("part", float), ("odd", Any)], eq=False)
    write = JsonSerde(made).serializer("t")
    assert write(made(1, None)) == b'{"part":1,"odd":null}'
    with pytest.raises(SerializationError, match="odd"):
        write(made(1.0, (1,)))


def test_a_method_that_changes_what_is_read_is_noticed() -> None:
    @dataclass
    class Doubling:
        amount: int

        def __post_init__(self) -> None:
            self.amount *= 2

    with pytest.raises(SerializationError, match="amount"):
        JsonSerde(Doubling).serializer("t")(Doubling(1))


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(Exception, match="recursion"):
        JsonSerde(list).serializer("t")(loop)


def test_a_named_tuple_without_types_is_read_back_as_one() -> None:
    point = namedtuple("point", "x y")
    serde = JsonSerde(point)
    assert serde.deserializer("t")(serde.serializer("t")(point(1, "a"))) == point(1, "a")


class Partly(TypedDict):
    item: str
    note: NotRequired[str]


def test_a_typed_dict_with_a_key_that_would_be_left_out_is_refused() -> None:
    write = JsonSerde(Partly).serializer("t")
    assert write({"item": "pear"}) == b'{"item":"pear"}'
    with pytest.raises(SerializationError, match="Partly"):
        write({"item": "pear", "other": 1})
