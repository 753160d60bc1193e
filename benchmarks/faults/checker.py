"""Compares what the topics hold in the end with a sequential model of the events; knows nothing of kstream."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field

from confluent_kafka import Consumer, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from benchmarks.faults.feed import Feed
from benchmarks.faults.pipeline import COUNTS, JOINED, REPORTS
from benchmarks.timeline import read_topic

Appends = dict[int, list[int]]
"""By partition, the append times (ms) of an output topic's committed records."""


@dataclass
class Verdict:
    """What was found; empty `faults` means that the promise was kept."""

    checked: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)
    reports: int = 0
    """In another cluster, doubles among them."""
    appends: Appends = field(default_factory=lambda: defaultdict(list))

    def fault(self, text: str) -> None:
        self.faults.append(text)


def transactions_are_over(bootstrap: str, topics: list[str], *, seconds: float) -> bool:
    """Wait until no topic has an open transaction: a killed process leaves one until the broker times it out."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    known = admin.list_topics(timeout=30).topics
    partitions = [TopicPartition(topic, p) for topic in topics for p in known[topic].partitions]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        committed = _ends(admin, partitions, IsolationLevel.READ_COMMITTED)
        if committed == _ends(admin, partitions, IsolationLevel.READ_UNCOMMITTED):
            return True
        time.sleep(1)
    return False


def _ends(admin: AdminClient, partitions: list[TopicPartition], level: IsolationLevel) -> dict[tuple[str, int], int]:
    admin.list_topics(timeout=30)  # else librdkafka may go on asking leaders of before
    asked = admin.list_offsets({p: OffsetSpec.latest() for p in partitions}, isolation_level=level)
    return {(p.topic, p.partition): future.result(30).offset for p, future in asked.items()}


def check(bootstrap: str, application: str, feed: Feed, *, exactly_once: bool, cached: bool) -> Verdict:
    """Read both outputs and both changelogs, and compare. A cache leaves out some of the counts in between."""
    verdict = Verdict()
    _check_joined(bootstrap, feed, verdict, exactly_once=exactly_once)
    _check_counts(bootstrap, feed, verdict, exactly_once=exactly_once, cached=cached)
    _check_count_changelog(bootstrap, application, feed, verdict, exactly_once=exactly_once)
    _check_table_changelog(bootstrap, application, feed, verdict)
    return verdict


def check_reports(bootstrap: str, feed: Feed, verdict: Verdict) -> None:
    """Every event was reported to the other cluster at least once."""
    seen: dict[str, list[int]] = defaultdict(list)
    for message in read_topic(bootstrap, REPORTS):
        customer, _, rest = (message.value() or b"").decode().partition(",")
        seen[customer].append(int(rest.partition("|")[0]))
        verdict.reports += 1
    for customer, total in feed.sent.items():
        if missing := set(range(1, total + 1)) - set(seen[customer]):
            verdict.fault(f"reports: {customer}: {len(missing)} of {total} missing, first {min(missing)}")


def _check_joined(bootstrap: str, feed: Feed, verdict: Verdict, *, exactly_once: bool) -> None:
    """Every event once, in its customer's order, with the customer's row."""
    seen: dict[str, list[int]] = defaultdict(list)
    for message in read_topic(bootstrap, JOINED):
        event, _, row = (message.value() or b"").decode().partition("|")
        customer, _, number = event.partition(",")
        if (message.key() or b"").decode() != customer or row != feed.rows[customer]:
            verdict.fault(f"joined: {message.key()!r} has {message.value()!r}")
        seen[customer].append(int(number))
        verdict.appends[message.partition() or 0].append(message.timestamp()[1])
        verdict.checked += 1
    for customer, total in feed.sent.items():
        _compare(f"joined: {customer}", seen[customer], total, verdict, exactly_once=exactly_once)


def _check_counts(bootstrap: str, feed: Feed, verdict: Verdict, *, exactly_once: bool, cached: bool) -> None:
    """Every window counts 1, 2, 3, … up to the number of its events."""
    seen: dict[tuple[str, int], list[int]] = defaultdict(list)
    for message in read_topic(bootstrap, COUNTS):
        seen[_window(message.key() or b"")].append(int.from_bytes(message.value() or b"", "big"))
        verdict.checked += 1
    if extra := seen.keys() - feed.windows.keys():
        verdict.fault(f"counts: windows that have no event: {sorted(extra)[:3]}")
    for window, total in feed.windows.items():
        if exactly_once and not cached:
            _compare(f"counts: {window}", seen[window], total, verdict, exactly_once=True)
        elif exactly_once:
            if seen[window] != sorted(set(seen[window])) or seen[window][-1:] != [total]:
                verdict.fault(f"counts: {window} does not grow to {total}: it ends with {seen[window][-3:]}")
        elif max(seen[window], default=0) < total:
            verdict.fault(f"counts: {window} ends with {max(seen[window], default=0)}, not {total} or more")


def _check_count_changelog(
    bootstrap: str, application: str, feed: Feed, verdict: Verdict, *, exactly_once: bool
) -> None:
    """The last value of each window is its count: what a restore would give."""
    latest: dict[tuple[str, int], int] = {}
    for message in read_topic(bootstrap, f"{application}-window-counts-changelog"):
        key = message.key() or b""
        # A window store's key ends with the window's start and a sequence number of four bytes.
        latest[_window(key[:-4])] = int.from_bytes(message.value() or b"", "big")
        verdict.checked += 1
    for window, total in feed.windows.items():
        count = latest.get(window, 0)
        if count < total or (exactly_once and count != total):
            verdict.fault(f"changelog: {window} is {count}, not {total}")


def _check_table_changelog(bootstrap: str, application: str, feed: Feed, verdict: Verdict) -> None:
    latest = {}
    for message in read_topic(bootstrap, f"{application}-customer-rows-changelog"):
        latest[(message.key() or b"").decode()] = (message.value() or b"").decode()
        verdict.checked += 1
    if latest != feed.rows:
        verdict.fault(f"changelog: {len(latest)} customers, not the {len(feed.rows)} written")


def _window(key: bytes) -> tuple[str, int]:
    return key[:-8].decode(), int.from_bytes(key[-8:], "big")


def _compare(what: str, seen: list[int], total: int, verdict: Verdict, *, exactly_once: bool) -> None:
    duplicates = len(seen) - len(set(seen))
    verdict.duplicates += duplicates
    missing = sorted(set(range(1, total + 1)) - set(seen))
    if missing:
        verdict.fault(f"{what}: {len(missing)} of {total} missing, first {missing[0]}")
    if not exactly_once:
        return
    if duplicates:
        verdict.fault(f"{what}: {duplicates} duplicates")
    if seen != sorted(seen):
        place = next(i for i in range(1, len(seen)) if seen[i] < seen[i - 1])
        verdict.fault(f"{what}: out of order, {seen[place]} after {seen[place - 1]}")


class Progress:
    """Follows the committed outputs while the application runs, to know when everything has come through."""

    def __init__(self, bootstrap: str, *, partitions: int) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "fault-bench-progress",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(JOINED, p, 0) for p in range(partitions)])
        self._events: set[bytes] = set()

    def poll(self) -> int:
        """How many different events have been joined so far."""
        while messages := self._consumer.consume(10_000, 0.1):
            self._events.update(m.value() or b"" for m in messages if m.error() is None)
        return len(self._events)

    def close(self) -> None:
        self._consumer.close()
