"""A try-out: feeds samples to the test driver one by one and tells what comes of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from rich.text import Text

from kstream_cli.broker.samples import Sample, module_samples, ndjson_samples
from kstream_cli.commands.loading.module_loader import TopologyModule, load_module, project_folder
from kstream_cli.commands.loading.settings import gather
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import StoreRow, WrittenRecord
from kstream_cli.commands.output.record_text import headers_text, json_text, text_of
from kstream_cli.commands.output.standard_streams import records, write
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.trying.watching import Watching
from kstream_cli.config import Config
from kstream_cli.described.built import described
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.printable import printable
from kstream_cli.state.store import SessionStore, StoreBuilder
from kstream_cli.testing.partitioned_store import PartitionedStore
from kstream_cli.testing.topology_test_driver import TopologyTestDriver
from kstream_cli.topology.topology import Topology

Row: TypeAlias = tuple[Any, Any, int | None]
"""Key, value, and the timestamp that the stores of the DSL keep with it."""


class Printer(Protocol):
    """Where a try-out tells what happens."""

    def fed(self, sample: Sample) -> None: ...
    def wrote(self, topic: str, record: Any) -> None: ...
    def passed(self, advance_ms: int) -> None: ...
    def holds(self, store: str, rows: Iterable[Row] | None, partition: int | None) -> None:
        """None where the store does not list what it holds, and where it has one partition only."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A built topology and the settings to try it under."""

    module: TopologyModule
    topology: Topology
    config: Config
    partitions: int = 1

    @classmethod
    def of(
        cls,
        module: str | None,
        assignments: Iterable[str] | None,
        file: Path | None,
        profile: str | None = None,
        *,
        partitions: int = 1,
    ) -> Trial:
        loaded = load_module(module)
        settings = gather(loaded, file=file, assignments=assignments, profile=profile)
        return cls(loaded, loaded.build(settings), Config.from_mapping(settings), partitions)

    def described(self) -> DescribedTopology:
        """The topology as it is shown; files are named relative to the project's folder."""
        where = self.module.where
        folder = project_folder(where.resolve().parent if where else start_folder())
        return described(self.topology, name=self.module.name, application_id=self.config.application_id, folder=folder)

    def printer(self, *, json: bool) -> Printer:
        show_partitions = self.partitions > 1
        return JsonPrinter(show_partitions) if json else TextPrinter(show_partitions)

    def run(
        self,
        samples: Iterable[Sample],
        printer: Printer,
        *,
        advance_ms: int,
        stores: bool,
        watching: Watching | None = None,
    ) -> None:
        """Feed every sample, let `advance_ms` of wall-clock time pass, then show the stores if asked to.

        The clock starts with the first record's timestamp where it has one, and else now.
        """
        types = TopicTypes(self.topology, self.config)
        first, samples = _peeked(samples)
        start = int(time.time() * 1000) if first is None or first.timestamp is None else first.timestamp
        tracer = None if watching is None else watching.tracer
        with TopologyTestDriver(
            self.topology, self.config, start_ms=start, partitions=self.partitions, tracer=tracer
        ) as driver:
            outputs = Outputs(driver, self.topology)
            for sample in samples:
                key, value = types.encoded_input(sample)
                printer.fed(sample)
                stamp = start if sample.timestamp is None else sample.timestamp
                try:
                    driver.pipe_raw(sample.topic, key, value, stamp, sample.headers)
                finally:
                    if watching is not None:
                        watching.fed(sample)
                outputs.tell(printer)
            if advance_ms:
                driver.advance_wall_clock(advance_ms)
                if watching is not None:
                    watching.advanced()
                outputs.tell(printer, first=lambda: printer.passed(advance_ms))
            if watching is not None:
                watching.write_out()
            if stores:
                builders = {**self.topology.stores, **_global_stores(self.topology)}
                for name, builder in builders.items():
                    for partition, store in _partitions(driver.store(name)):
                        printer.holds(name, _rows(store, builder), partition)


class Outputs:
    """What the sinks have written since the last time; repartition and changelog topics are left out."""

    def __init__(self, driver: TopologyTestDriver, topology: Topology) -> None:
        self._driver = driver
        self._internal = topology.internal_topics
        self._topics: dict[str, Any] = {}

    def tell(self, printer: Printer, first: Any = None) -> None:
        for topic in self._driver.produced_topics():
            if self._is_internal(topic):
                continue
            if topic not in self._topics:
                self._topics[topic] = self._driver.output(topic)
            for record in self._topics[topic].read_records():
                if first is not None:
                    first()
                    first = None
                printer.wrote(topic, record)

    def _is_internal(self, topic: str) -> bool:
        prefix = f"{self._driver.config.application_id}-"
        bare = topic.removeprefix(prefix)
        return topic.startswith(prefix) and (bare in self._internal or bare.endswith("-changelog"))


class RowsPrinter:
    """For a try-out whose records are shown in another way: rows of stores alone, as `printer` shows them."""

    def __init__(self, printer: Printer) -> None:
        self.holds = printer.holds

    def fed(self, sample: Sample) -> None:
        pass

    def wrote(self, topic: str, record: Any) -> None:
        pass

    def passed(self, advance_ms: int) -> None:
        pass


class TextPrinter:
    """For people: the records fed in are dim, what they cause is indented below them."""

    def __init__(self, show_partitions: bool = False) -> None:
        self._console = console()
        self._show_partitions = show_partitions

    def fed(self, sample: Sample) -> None:
        self._line(("muted", f"{sample.topic} <- {_pair(sample.key, sample.value)}"))

    def wrote(self, topic: str, record: Any) -> None:
        where = f"[{record.partition}]" if self._show_partitions else ""
        self._line(("plain", "  "), ("topic", topic + where), ("plain", f" -> {_pair(record.key, record.value)}"))

    def passed(self, advance_ms: int) -> None:
        self._line(("muted", f"after {advance_ms / 1000:g} s of wall-clock time"))

    def holds(self, store: str, rows: Iterable[Row] | None, partition: int | None) -> None:
        self._line(("store", store if partition is None else f"{store}[{partition}]"))
        if rows is None:
            self._line(("muted", "  a store of your own without all(): what it holds cannot be listed"))
            return
        for key, value, _ in rows:
            self._line(("plain", f"  {_pair(key, value)}"))

    def _line(self, *words: tuple[str, str]) -> None:
        self._console.print(Text.assemble(*((printable(text), role) for role, text in words)), soft_wrap=True)


class JsonPrinter:
    """For scripts: a JSON object for each record that a sink writes and for each row of a store.

    `take` is given each of them; by default it is written as a line.
    """

    def __init__(
        self, show_partitions: bool = False, take: Callable[[WrittenRecord | StoreRow], None] | None = None
    ) -> None:
        self._show_partitions = show_partitions
        self._take = take or _write_line

    def fed(self, sample: Sample) -> None:
        pass

    def passed(self, advance_ms: int) -> None:
        pass

    def wrote(self, topic: str, record: Any) -> None:
        written = WrittenRecord(
            topic=topic,
            key=record.key,
            value=record.value,
            timestamp=record.timestamp,
            partition=record.partition if self._show_partitions else None,
            headers=headers_text(record.headers),
        )
        self._take(written)

    def holds(self, store: str, rows: Iterable[Row] | None, partition: int | None) -> None:
        for key, value, timestamp in rows or ():
            self._take(StoreRow(store=store, key=key, value=value, timestamp=timestamp, partition=partition))


def _write_line(shape: WrittenRecord | StoreRow) -> None:
    write(json_text(shape))


def _peeked(samples: Iterable[Sample]) -> tuple[Sample | None, Iterator[Sample]]:
    """The first sample, and all of them."""
    rest = iter(samples)
    first = next(rest, None)
    return first, rest if first is None else chain([first], rest)


def samples_of(module: TopologyModule, source: str | None) -> Iterator[Sample]:
    """The module's samples, or the NDJSON records at `source`."""
    if source is None:
        if not module.samples:
            raise StreamsError(
                f"{module.name} has no samples: define samples = {{topic: [records]}}, or give NDJSON with --input FILE"
            )
        yield from module_samples(module.samples)
    elif source == "-":
        yield from ndjson_samples(records().buffer, source="standard input")
    else:
        try:
            with open(start_folder() / source, "rb") as lines:
                yield from ndjson_samples(lines, source=source)
        except OSError as error:
            raise StreamsError(f"{source} cannot be read: {error.strerror}") from error


def _partitions(store: Any) -> list[tuple[int | None, Any]]:
    """A store's partitions with their numbers; one that has a single one as it is."""
    return list(store.partitions.items()) if isinstance(store, PartitionedStore) else [(None, store)]


def _rows(store: Any, builder: StoreBuilder[Any, Any]) -> list[Row] | None:
    """None for a store of a kind that the user has made, and that does not list what it holds."""
    if hasattr(store, "waiting"):
        waiting: list[Row] = store.waiting()
        return waiting
    if hasattr(store, "latest"):
        return [(key, version.value, version.timestamp) for key, version in store.latest()]
    every = store.fetch_keys(None, None) if isinstance(store, SessionStore) else getattr(store, "all", lambda: None)()
    if every is None:
        return None
    timestamped = getattr(builder, "timestamped", False)
    with every as rows:
        return [(key, *value) if timestamped else (key, value, None) for key, value in rows]


def _global_stores(topology: Topology) -> dict[str, StoreBuilder[Any, Any]]:
    return {name: made.store for name, made in topology.global_stores.items()}


def _pair(key: Any, value: Any) -> str:
    return text_of(value) if key is None else f"{text_of(key)}: {text_of(value)}"
