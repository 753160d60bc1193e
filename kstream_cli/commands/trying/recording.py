"""What a topology made of some input, as plain data that can be kept in a file and compared: its records and rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from kstream_cli.commands.output.json_schemas import StoreRow, WrittenRecord
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.errors import StreamsError


class Place(NamedTuple):
    """Where results belong together: those of one key in a topic or a store; None where partitions do not count."""

    name: str
    key: str
    """As JSON, which two keys that are alike share."""
    partition: int | None
    is_store: bool


@dataclass(slots=True)
class Recording:
    """The lines that `kstream try --json` writes, in order."""

    lines: list[str] = field(default_factory=list)

    def take(self, shape: WrittenRecord | StoreRow) -> None:
        self.lines.append(json_text(shape))

    @classmethod
    def of_text(cls, text: str) -> Recording:
        """From what `kstream try --json` wrote."""
        return cls([line for line in text.splitlines() if line.strip()])

    @classmethod
    def of_file(cls, name: str) -> Recording:
        """Raises StreamsError where the file cannot be read, or a line of it is no record and no row."""
        try:
            recording = cls.of_text((start_folder() / name).read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise StreamsError(f"{name} is not there: --update writes it") from error
        except UnicodeDecodeError as error:
            raise StreamsError(f"{name} is no text in UTF-8") from error
        except OSError as error:
            raise StreamsError(f"{name} cannot be read: {error.strerror}") from error
        for number, line in enumerate(recording.lines, start=1):
            _checked(line, f"{name}, line {number}")
        return recording

    def write(self, name: str) -> None:
        """Write a file. Raises StreamsError where it cannot be written."""
        path: Path = start_folder() / name
        try:
            path.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        except OSError as error:
            raise StreamsError(f"{name} cannot be written: {error.strerror}") from error

    @property
    def has_rows(self) -> bool:
        """Whether rows of stores are in it."""
        return any("store" in json.loads(line) for line in self.lines)

    def by_place(self, *, timestamps: bool, partitions: bool) -> dict[Place, list[dict[str, Any]]]:
        """The values of each key in order, with headers; with their timestamps and partitions where these count."""
        found: dict[Place, list[dict[str, Any]]] = {}
        for line in self.lines:
            held = json.loads(line)
            is_store = "store" in held
            key = json.dumps(held.get("key"), sort_keys=True, ensure_ascii=False)
            partition = held.get("partition") if partitions else None
            place = Place(held["store" if is_store else "topic"], key, partition, is_store)
            found.setdefault(place, []).append(dict(_compared(held, timestamps=timestamps)))
        return found


def _compared(held: dict[str, Any], *, timestamps: bool) -> Iterator[tuple[str, Any]]:
    yield "value", held.get("value")
    if timestamps and held.get("timestamp") is not None:
        yield "timestamp", held["timestamp"]
    headers = held.get("headers") or ()
    if pairs := [list(pair) for pair in (headers.items() if isinstance(headers, dict) else headers)]:
        yield "headers", pairs


def _checked(line: str, where: str) -> None:
    try:
        held = json.loads(line)
    except ValueError as error:
        raise StreamsError(f"{where}: not JSON: {error}") from error
    named = isinstance(held, dict) and (held.get("topic"), held.get("store"))
    if not named or not any(isinstance(name, str) for name in named):
        raise StreamsError(f'{where}: a result is an object such as {{"topic": "t", "key": "k", "value": 1}}')
    if not isinstance(held.get("headers") or {}, list | dict):
        raise StreamsError(f"{where}: headers are an object or pairs of names and texts")
