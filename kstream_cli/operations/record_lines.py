"""Records from lines of text: NDJSON in the shape of `kstream try`, `key:value` lines, or CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from kstream_cli.broker.samples import Sample, ndjson_samples
from kstream_cli.errors import StreamsError


class LineFormat(StrEnum):
    """How records stand in lines of text."""

    ndjson = "ndjson"
    text = "text"
    csv = "csv"


def records_of(
    lines: Iterable[bytes], format: LineFormat, *, source: str, topic: str | None, separator: str = ":"
) -> Iterator[Sample]:
    """The records of lines in UTF-8, for `topic` unless a record names its own.

    - ndjson: an object each, {"topic", "key", "value", "timestamp", "headers"}
    - text: `key:value`, or only a value. Both are JSON where they can be read as such, else text.
    - csv: a header line names the columns. `key`, `timestamp` and `value` are the record's own; where there is no
      column `value`, all others make an object.

    Raises StreamsError that names source and line.
    """
    match format:
        case LineFormat.ndjson:
            yield from ndjson_samples(lines, source=source, topic=topic)
        case LineFormat.text:
            for number, line in enumerate(_decoded(lines, source), start=1):
                if text := line.rstrip("\r\n"):
                    yield _of_text(text, separator, _known(topic, source, number), f"{source}, line {number}")
        case LineFormat.csv:
            yield from _of_csv(_decoded(lines, source), source, topic)


def _decoded(lines: Iterable[bytes], source: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise StreamsError(
                f"{source}, line {number}: not UTF-8: byte 0x{line[error.start]:02x} at {error.start + 1}"
            ) from error


def _of_text(text: str, separator: str, topic: str, where: str) -> Sample:
    key, found, value = text.partition(separator)
    if not found:
        return Sample(topic, None, text, where=where)
    return Sample(topic, key or None, value, where=where)


def _of_csv(lines: Iterable[str], source: str, topic: str | None) -> Iterator[Sample]:
    rows = csv.DictReader(lines)
    for row in rows:
        where = f"{source}, line {rows.line_num}"
        if None in row or None in row.values():
            raise StreamsError(f"{where}: {len(rows.fieldnames or ())} columns are named, and the line has others")
        fields = {name: plain(text) for name, text in row.items() if name not in ("key", "timestamp", "topic")}
        value = row.get("value", fields)
        try:
            timestamp = int(row["timestamp"]) if row.get("timestamp") else None
        except ValueError:
            raise StreamsError(f"{where}: a timestamp is milliseconds since 1970, not {row['timestamp']!r}") from None
        yield Sample(
            row.get("topic") or _known(topic, source, rows.line_num),
            row.get("key") or None,
            value,
            timestamp,
            where=where,
        )


def plain(text: str) -> Any:
    """A number, a truth value or null where the text is one as JSON, else the text."""
    try:
        read = json.loads(text)
    except ValueError:
        return text
    return read if not isinstance(read, str) else text


def _known(topic: str | None, source: str, number: int) -> str:
    if topic is None:
        raise StreamsError(f"{source}, line {number}: the record names no topic: name it on the command line")
    return topic
