"""Shows what topics hold, record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from kstream_cli.commands.feeding.typed_topics import TypedTopics
from kstream_cli.commands.output.clock import clock
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import SeenRecord
from kstream_cli.commands.output.record_text import headers_text, json_text, text_of
from kstream_cli.commands.output.standard_streams import results, say
from kstream_cli.errors import ConfigError
from kstream_cli.operations.record_filter import RecordFilter
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.printable import printable
from kstream_cli.record import Headers


@dataclass(frozen=True, slots=True)
class Peeked:
    """A record with its key and value as objects."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: Any
    value: Any
    headers: Headers


Print = Callable[[Peeked], None]


class Peeking(TypedTopics):
    """Topics of a cluster, and what their records are."""

    def run(
        self,
        *,
        topics: list[str] | None,
        inputs: bool,
        start: str,
        count: int | None,
        until_end: bool,
        partitions: Iterable[int] | None,
        key: str | None,
        expression: str | None,
        format: str | None,
        json: bool,
    ) -> None:
        """Show records until there are enough, or until Ctrl-C."""
        place = StartPosition.parse(start)
        wanted = _wanted(key, expression)
        show = _json_printer if json else _format_printer(format) if format is not None else _text_printer()
        chosen = topics or self._topics_of_topology(inputs)
        shown = 0
        with TopicLog(self.target.config, chosen, place, partitions=partitions) as log:
            for record in self._records(log, until_end=until_end):
                if not wanted(record):
                    continue
                show(record)
                shown += 1
                if shown == count:
                    return
        if not shown:
            say(f"no record to show in {', '.join(chosen)}")

    def _records(self, log: TopicLog, *, until_end: bool) -> Iterator[Peeked]:
        types = {}
        for record in log.records(until_end=until_end):
            if record is None:
                results().flush()
                continue
            topic = record.topic()
            if topic not in types:
                types[topic] = self.types.of(topic)
            headers = tuple(record.headers() or ())
            key, value = types[topic].decoded(record.key(), record.value(), headers)
            yield Peeked(topic, record.partition(), record.offset(), record.timestamp()[1], key, value, headers)

    def _topics_of_topology(self, inputs: bool) -> list[str]:
        self.target.require_topology("peek without a TOPIC")
        topics = self.types.inputs if inputs else self.types.outputs
        if not topics:
            raise ConfigError("name a TOPIC: the topology names none")
        return topics


def _wanted(key: str | None, expression: str | None) -> Callable[[Peeked], bool]:
    chosen = None if expression is None else RecordFilter(expression)

    def wanted(record: Peeked) -> bool:
        if key is not None and text_of(record.key) != key:
            return False
        return chosen is None or chosen.matches(
            key=record.key,
            value=record.value,
            timestamp=record.timestamp,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            headers=dict(record.headers),
        )

    return wanted


def _text_printer() -> Print:
    terminal = console()

    def show(record: Peeked) -> None:
        place = f" {record.partition}@{record.offset} {clock(record.timestamp)}  "
        parts = [(record.topic, "topic"), (place, "muted")]
        if record.key is not None:
            parts.append((f"{text_of(record.key)}: ", "plain"))
        parts.append((text_of(record.value), "plain"))
        if record.headers:
            parts.append((f"  {_headers(record.headers)}", "muted"))
        terminal.print(Text.assemble(*parts), soft_wrap=True)

    return show


def _json_printer(record: Peeked) -> None:
    results().write(
        json_text(
            SeenRecord(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key,
                value=record.value,
                timestamp=record.timestamp,
                headers=headers_text(record.headers),
            )
        )
        + "\n"
    )


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def _format_printer(format: str) -> Print:
    """Reads the format once; what it asks of a record is a list of functions then."""
    fields: dict[str, Callable[[Peeked], object]] = {
        "t": lambda record: printable(record.topic),
        "p": lambda record: record.partition,
        "o": lambda record: record.offset,
        "k": lambda record: text_of(record.key),
        "s": lambda record: text_of(record.value),
        "T": lambda record: record.timestamp,
        "h": lambda record: _headers(record.headers),
        "%": lambda record: "%",
    }
    parts: list[str | Callable[[Peeked], object]] = []
    letters = iter(format)
    for letter in letters:
        if letter == "%":
            name = next(letters, "")
            if name not in fields:
                raise ConfigError(f"--format knows no %{name}: it takes {', '.join(f'%{known}' for known in fields)}")
            parts.append(fields[name])
        elif letter == "\\":
            escaped = next(letters, "\\")
            parts.append(_ESCAPES.get(escaped, f"\\{escaped}"))
        else:
            parts.append(letter)

    def show(record: Peeked) -> None:
        results().write("".join(part if isinstance(part, str) else str(part(record)) for part in parts))

    return show


def _headers(headers: Headers) -> str:
    return ", ".join(f"{printable(name)}={text_of(value)}" for name, value in headers)
