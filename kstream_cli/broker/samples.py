"""Sample records: what a module's `samples` hold, and the lines of an NDJSON file, read into one shape."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kstream_cli.errors import StreamsError
from kstream_cli.record import NO_HEADERS, Headers

LATEST = 2**63 - 1
"""A timestamp has eight bytes in Kafka."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """One record to feed in; a timestamp of None means the moment at which it is fed."""

    topic: str
    key: Any
    value: Any
    timestamp: int | None = None
    headers: Headers = NO_HEADERS
    where: str = ""
    """File and line, where it is from a file."""


def module_samples(samples: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]]) -> list[Sample]:
    """Read `samples`: topic -> values, (key, value) or (key, value, timestamp) tuples, or dicts of the fields."""
    if isinstance(samples, Mapping):
        return [_sample(topic, record) for topic, records in samples.items() for record in _listed(records, topic)]
    return [_sample(None, record) for record in _listed(samples, "samples")]


def ndjson_samples(lines: Iterable[bytes], *, source: str, topic: str | None = None) -> Iterator[Sample]:
    """Read one JSON object a line: value, and optionally topic, key, timestamp and headers.

    `topic` is for records that name none. Where a record was (`partition`, `offset`, as `kstream peek --json` writes
    them) says nothing about where it goes.
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{source}, line {number}"
        try:
            # Some editors begin a file with a mark that tells its byte order.
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            record = json.loads(text, parse_constant=_no_number, parse_float=_number, parse_int=_integer)
        except UnicodeDecodeError as error:
            raise StreamsError(f"{where}: not UTF-8: byte 0x{line[error.start]:02x} at {error.start + 1}") from error
        except RecursionError as error:
            raise StreamsError(f"{where}: arrays and objects are nested too deep to be read") from error
        except ValueError as error:
            raise StreamsError(f"{where}: not JSON: {error}") from error
        if not isinstance(record, dict):
            raise StreamsError(f'{where}: a record is an object such as {{"topic": "t", "value": 1}}')
        try:
            placed = {} if topic is None else {"topic": topic}
            placed |= {name: held for name, held in record.items() if name not in ("partition", "offset")}
            yield replace(_sample(None, placed), where=where)
        except StreamsError as error:
            raise StreamsError(f"{where}: {error}") from error


def _listed(records: Any, where: str) -> Iterable[Any]:
    if isinstance(records, str | bytes) or not isinstance(records, Iterable):
        raise StreamsError(f"samples are lists of records by topic; {where} has {records!r:.80}")
    return records


def _sample(topic: str | None, record: Any) -> Sample:
    if isinstance(record, Mapping) and (topic is None or _has_only_fields(record)):
        unknown = set(record) - {"topic", "key", "value", "timestamp", "headers"}
        if unknown:
            raise StreamsError(f"unknown field {min(unknown)!r}: a record has topic, key, value, timestamp and headers")
        name = record.get("topic", topic)
        if not isinstance(name, str):
            raise StreamsError("the record names no topic")
        stamp, headers = _timestamp(record.get("timestamp")), _headers(record.get("headers"))
        return Sample(name, record.get("key"), record.get("value"), stamp, headers)
    if topic is None:
        raise StreamsError(f"a sample outside a topic is a dict with a topic, not {record!r}")
    if isinstance(record, tuple) and len(record) in (2, 3):
        return Sample(topic, record[0], record[1], _timestamp(record[2] if len(record) == 3 else None))
    return Sample(topic, None, record)


def _has_only_fields(record: Mapping[str, Any]) -> bool:
    # A plain dict may be a value itself; one that has `value` and no foreign field is a record.
    return "value" in record and set(record) <= {"topic", "key", "value", "timestamp", "headers"}


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text:.40} is larger than a number can be")
    return number


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"a number of {len(text)} digits is too long to be read") from None


def _timestamp(given: Any) -> int | None:
    """Milliseconds, from what a record gives: them, a datetime, or its text by ISO 8601, in UTC unless it says so."""
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else given
        if isinstance(moment, datetime):
            if isinstance(given, str) and moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            moment = (moment.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError, OSError):
        moment = None
    if isinstance(moment, bool) or not isinstance(moment, int):
        raise StreamsError(f"a timestamp is milliseconds since 1970, or a date and time by ISO 8601, not {given!r:.80}")
    if not 0 <= moment <= LATEST:
        raise StreamsError(f"the timestamp {given!s:.80} is not between 1970 and the end of Kafka's time ({LATEST})")
    return moment


def _headers(given: Any) -> Headers:
    if not given:
        return NO_HEADERS
    try:
        pairs = given.items() if isinstance(given, Mapping) else given
        return tuple((str(name), _header_value(value)) for name, value in pairs)
    except (TypeError, ValueError):
        raise StreamsError(f"headers are an object or pairs of names and texts, not {given!r:.80}") from None


def _header_value(value: Any) -> bytes | None:
    if value is not None and not isinstance(value, str | bytes):
        raise TypeError(f"{value!r} is neither text nor bytes")
    return value.encode() if isinstance(value, str) else value
