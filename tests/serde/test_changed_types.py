"""Types that change while records in topics and rows in stores stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pydantic
import pytest

from kstream_cli import JsonSerde, Processor, Serde, Stores, StreamsBuilder, TimeWindows, TopologyTestDriver
from kstream_cli.errors import ConfigError, StreamsError


@dataclass
class Balance:
    total: int
    owner: str


@dataclass(frozen=True)
class FrozenBalance:
    total: int
    owner: str


class Model(pydantic.BaseModel):
    total: int
    owner: str


OLD = JsonSerde(dict).serializer("t")({"total": 1})


def aged(kind: Any) -> Serde[Any]:
    """Writes what an older program wrote, and reads as the newer one does."""
    return Serde.of(lambda value: OLD, JsonSerde(kind).deserializer("t"))


def table(grouped: Any, kind: Any) -> Any:
    return grouped.aggregate(lambda: kind(total=0, owner=""), lambda key, value, row: row, store="s", value=aged(kind))


@pytest.mark.parametrize("kind", [Balance, Model])
@pytest.mark.parametrize("cache", [0, 10_000_000])
@pytest.mark.parametrize("windowed", [False, True])
def test_a_row_that_no_longer_decodes_names_its_store_and_key(kind: Any, cache: int, windowed: bool) -> None:
    builder = StreamsBuilder()
    grouped = builder.stream("in", key=str, value=str).group_by_key()
    table(grouped.windowed_by(TimeWindows.of_size(10)) if windowed else grouped, kind)
    with (
        TopologyTestDriver(builder, {"statestore.cache.max.bytes": cache}) as driver,
        pytest.raises(StreamsError, match=r"(?s)store 's' holds a value for key .*ann.*upgrade="),
    ):
        driver.input("in").pipe([("ann", "first"), ("ann", "second")])


def test_a_processor_that_asks_for_such_a_row_is_told_the_key() -> None:
    class Asking(Processor[str, str, str, str]):
        def process(self, record: Any) -> None:
            store = self.context.store("s")
            store.put("bob", Balance(1, ""))
            store.get("bob")

    builder = StreamsBuilder()
    builder.add_state_store(Stores.key_value("s", key=str, value=aged(Balance)))
    builder.stream("in", key=str, value=str).process(Asking, stores="s")
    with TopologyTestDriver(builder) as driver, pytest.raises(StreamsError, match=r"store 's'.*for key 'bob'"):
        driver.input("in").pipe([("ann", "x")])


@pytest.mark.parametrize("kind", [Balance, FrozenBalance, Model])
def test_an_upgrade_function_reads_old_rows(kind: Any) -> None:
    serde: JsonSerde[Any] = JsonSerde(kind, upgrade=lambda old: {**old, "owner": "ann"})
    made = kind(total=1, owner="ann")
    assert serde.deserializer("t")(OLD) == made
    assert serde.deserializer("t")(serde.serializer("t")(made)) == made


def test_what_is_written_has_to_be_of_the_new_type() -> None:
    serde: JsonSerde[Any] = JsonSerde(Balance, upgrade=lambda old: {**old, "owner": "ann"})
    with pytest.raises(StreamsError, match="Balance"):
        serde.serializer("t")({"total": 1})


def test_an_upgrade_function_that_cannot_help_says_what_is_missing() -> None:
    serde: JsonSerde[Any] = JsonSerde(Balance, upgrade=lambda old: old)
    with pytest.raises(ValueError, match="owner"):
        serde.deserializer("t")(OLD)


def test_an_upgrade_function_is_a_plain_one() -> None:
    async def upgraded(old: Any) -> Any: ...

    with pytest.raises(ConfigError, match="async def"):
        JsonSerde(Balance, upgrade=upgraded)
