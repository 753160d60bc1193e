"""The few words that the cases' topologies share; what they mean is said in the recorder's list of names."""

from __future__ import annotations

from typing import Any

from kstream_cli import AggregationWithHeaders, Processor, Topology, ValueTimestampHeaders, Window, Windowed, Windows


def cat(*parts: Any) -> str:
    """The parts as one text, as Java's `+` makes it: None is written `null`."""
    return "".join("null" if part is None else str(part) for part in parts)


def PAIR(left: Any, right: Any) -> str:
    """The joiner of most cases: both values with a comma between."""
    return cat(left, ",", right)


def pass_on(record: Any, context: Any) -> None:
    """A processor that forwards what it gets."""
    context.forward(record)


def windowed(key: Any, value: Any) -> tuple[str, Any]:
    """A windowed row with its window in the key."""
    return f"{key.key}@{key.window.start}-{key.window.end}", value


def at_start(key: Any, value: Any) -> tuple[str, Any]:
    """A windowed row with its window's start in the key: Java has a custom window's end wrong once it was cached."""
    return f"{key.key}@{key.window.start}", value


def heads(headers: Any) -> str:
    """Headers as one text."""
    return "".join(f"{name}={'null' if value is None else value.decode()};" for name, value in headers)


def is_cached(case: Any) -> bool:
    """Whether a case's store has a cache."""
    return case.recorded["config"]["statestore.cache.max.bytes"] != "0"


class Growing(Windows):
    """[0, 10), [10, 30), [30, 60), …: each is 10 ms longer than the one before, up to 50 ms."""

    size_ms = 50

    def __init__(self, grace_ms: int) -> None:
        self.grace_ms = grace_ms

    def windows_for(self, timestamp: int) -> list[Window]:
        start, size = 0, 10
        while timestamp >= start + size:
            start, size = start + size, min(50, size + 10)
        return [Window(start, start + size)]


class Overlapping(Windows):
    """A window of 15 ms and one of 40 ms for each time, but none for most times that 7 divides."""

    size_ms = 40

    def __init__(self, grace_ms: int) -> None:
        self.grace_ms = grace_ms

    def windows_for(self, timestamp: int) -> list[Window]:
        if timestamp % 7 == 0 and timestamp % 15 and timestamp % 40 != 1:
            return []
        long, short = timestamp // 40 * 40 + 1, timestamp // 15 * 15
        found = [Window(long, long + 40)] if timestamp >= long else []
        if short % 40 != 1:
            found.append(Window(short, short + 15))
        return sorted(found, key=lambda window: window.start)


def by_header(topic: str, key: Any, value: Any, headers: Any, partitions: int) -> int | None:
    """The partition that the last header `n` names; without one, where the key goes."""
    named = [content for name, content in headers if name == "n"]
    return named[-1][0] & 3 if named and named[-1] else None


def first_of_some(topic: str, key: Any, value: Any, headers: Any, partitions: int) -> int | None:
    """Partition 0 for a record with a header `n`."""
    return 0 if any(name == "n" for name, _ in headers) else None


def one_for_each_header(topic: str, key: Any, value: Any, headers: Any, partitions: int) -> set[int]:
    """As many partitions as there are headers."""
    return set(range(len(headers)))


def one_processor(store: Any, case: Any, steps: Any) -> Topology:
    """A processor on a store, which does the steps with each record and passes it on."""

    class Keep(Processor):
        stores = (store,)

        def process(self, record: Any) -> None:
            steps(self.context.store("s"), record, case.log)
            self.context.forward(record)

    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", Keep, parents="src")
    return topology.add_sink("snk", "out", parents="p", key=str, value=str)


def _row(record: Any, value: Any = None, headers: Any = None) -> ValueTimestampHeaders[Any]:
    return ValueTimestampHeaders(
        record.value if value is None else value, record.timestamp, record.headers if headers is None else headers
    )


def kv_steps(store: Any, record: Any, log: Any) -> None:
    """What the cases with a key-value store do."""
    if record.key is not None:
        row = store.get(record.key)
        log("none" if row is None else f"{row.value} {row.timestamp} {heads(row.headers)}")
        if record.value is None:
            gone = store.delete(record.key)
            log("deleted " + ("none" if gone is None else gone.value + heads(gone.headers)))
        elif record.value == "y":
            there = store.put_if_absent(record.key, _row(record, "if"))
            log("absent " + ("none" if there is None else there.value + heads(there.headers)))
        else:
            store.put(record.key, _row(record, headers=() if record.value == "z" else None))
    if record.value == "stop":
        with store.all() as rows:
            for key, row in rows:
                log(f"{key}={row.value} {row.timestamp} {heads(row.headers)}")


def window_steps(store: Any, record: Any, log: Any) -> None:
    """What the cases with a window store do."""
    if record.key is None:
        return
    start = record.timestamp // 20 * 20
    row = store.fetch(record.key, start)
    log("none" if row is None else f"{row.value} {row.timestamp} {heads(row.headers)}")
    store.put(record.key, None if record.value is None else _row(record), start)
    with store.fetch_range(record.key, max(0, start - 40), start + 40) as rows:
        for time, found in rows:
            log(f"{time}={found.value} {heads(found.headers)}")


def session_steps(store: Any, record: Any, log: Any) -> None:
    """What the cases with a session store do."""
    if record.key is None:
        return
    start = record.timestamp // 20 * 20
    session = Windowed(record.key, start, start + 7)
    if record.value is None:
        store.remove(session)
    else:
        store.put(session, AggregationWithHeaders(record.value, record.headers))
    with store.find_sessions(record.key, max(0, start - 40), start + 40) as rows:
        for found, row in rows:
            log(f"{found.start}={row.aggregation} {heads(row.headers)}")
