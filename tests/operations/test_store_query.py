"""What a store held is known from the records of its changelog."""

from dataclasses import dataclass
from typing import Any

import pytest

from kstream_cli import (
    BufferConfig,
    Config,
    Materialized,
    SessionWindows,
    Stores,
    StreamsBuilder,
    Suppressed,
    TestRecord,
    TimeWindows,
    TopologyTestDriver,
    Windowed,
)
from kstream_cli.operations.store_layout import StoreKind, StoreLayout, kind_seen
from kstream_cli.operations.store_query import RowSelection, StoreQuery
from kstream_cli.operations.topic_types import TopicTypes

CONFIG = {"application.id": "app"}
MINUTE = 60_000


@dataclass
class ChangelogRecord:
    """A record as a consumer gives it."""

    produced: Any
    place: int

    def key(self):
        return self.produced.key

    def value(self):
        return self.produced.value

    def timestamp(self):
        return 1, self.produced.timestamp or 0

    def partition(self):
        return self.produced.partition or 0

    def offset(self):
        return self.place

    def headers(self):
        return list(self.produced.headers)


class Changelog:
    """The changelog of a store, once inputs are piped."""

    def __init__(self, builder, store, records):
        with TopologyTestDriver(builder, CONFIG) as driver:
            driver.input("in").pipe([TestRecord(*record) for record in records])
            topic = f"app-{store}-changelog"
            written = [record for record in driver.produced if record.topic == topic]
            self.type = TopicTypes(driver.topology, Config.from_mapping(CONFIG)).of(topic)
            self.layout = StoreLayout.of(driver.topology.stores[store])
        self.records = [ChangelogRecord(record, place) for place, record in enumerate(written)]

    def rows(self, until=None, **selection):
        return list(self._asked(selection).rows(self.records[:until]))

    def changes(self, since=0, **selection):
        return list(self._asked(selection).changes(self.records[since:]))

    def bytes(self, key):
        return self.type.encoded(key, None)[0]

    def _asked(self, selection):
        return StoreQuery(self.type, self.layout, RowSelection(**selection))


def grouped(builder):
    return builder.stream("in", key=str, value=str).group_by_key()


def counted(*records):
    builder = StreamsBuilder()
    grouped(builder).count(store="counts")
    return Changelog(builder, "counts", records)


def held(rows):
    return [(row.key, row.value) for row in rows]


ABC = [("a", "x", 1), ("ab", "x", 2), ("b", "x", 3), ("a", "y", 4)]


def test_the_newest_row_of_each_key_is_shown_in_the_order_of_keys():
    rows = counted(*ABC).rows()
    assert held(rows) == [("a", 2), ("ab", 1), ("b", 1)]
    assert [(row.timestamp, row.offset) for row in rows] == [(4, 3), (2, 1), (3, 2)]


def test_one_key_is_not_those_that_begin_with_it():
    changelog = counted(*ABC)
    assert held(changelog.rows(key=changelog.bytes("a"))) == [("a", 2)]


def test_keys_are_chosen_by_range_and_by_prefix():
    changelog = counted(*ABC)
    assert held(changelog.rows(first_key=b"ab", last_key=b"b")) == [("ab", 1), ("b", 1)]
    assert held(changelog.rows(prefix=b"a")) == [("a", 2), ("ab", 1)]


def test_an_earlier_state_is_that_of_fewer_records():
    assert held(counted(*ABC).rows(until=2)) == [("a", 1), ("ab", 1)]


def test_changes_are_shown_one_by_one():
    assert held(counted(*ABC).changes(since=2)) == [("b", 1), ("a", 2)]


def test_a_deleted_row_is_gone_and_its_deletion_is_a_change():
    builder = StreamsBuilder()
    builder.table("in", key=str, value=str, store="table")
    changelog = Changelog(builder, "table", [("a", "x", 1), ("b", "x", 2), ("a", None, 3)])
    assert held(changelog.rows()) == [("b", "x")]
    assert held(changelog.changes(since=2)) == [("a", None)]


def test_windows_are_chosen_by_their_start():
    builder = StreamsBuilder()
    grouped(builder).windowed_by(TimeWindows.of_size(MINUTE).grace(10 * MINUTE)).count(store="counts")
    changelog = Changelog(builder, "counts", [("a", "x", 0), ("a", "x", MINUTE), ("b", "x", 2 * MINUTE)])
    first, second = Windowed("a", 0, MINUTE), Windowed("a", MINUTE, 2 * MINUTE)
    assert held(changelog.rows(key=b"a")) == [(first, 1), (second, 1)]
    assert held(changelog.rows(key=b"a", first_time=MINUTE)) == [(second, 1)]
    assert held(changelog.rows(last_time=0)) == [(first, 1)]


def test_windows_past_the_retention_of_their_store_are_left_out():
    builder = StreamsBuilder()
    grouped(builder).windowed_by(TimeWindows.of_size(MINUTE).grace(0)).count(store="counts")
    changelog = Changelog(builder, "counts", [("a", "x", 0), ("b", "x", 5 * MINUTE)])
    assert held(changelog.rows()) == [(Windowed("b", 5 * MINUTE, 6 * MINUTE), 1)]
    assert held(changelog.rows(until=1)) == [(Windowed("a", 0, MINUTE), 1)]


def test_sessions_are_chosen_by_any_time_in_them():
    builder = StreamsBuilder()
    sessions = SessionWindows.of_inactivity_gap(MINUTE).grace(10 * MINUTE)
    grouped(builder).windowed_by(sessions).count(store="visits")
    changelog = Changelog(builder, "visits", [("a", "x", 0), ("a", "x", 1_000), ("a", "x", 5 * MINUTE)])
    merged, later = Windowed("a", 0, 1_000), Windowed("a", 5 * MINUTE, 5 * MINUTE)
    assert held(changelog.rows(key=b"a")) == [(merged, 2), (later, 1)]
    assert held(changelog.rows(first_time=500, last_time=2_000)) == [(merged, 2)]


def test_versions_are_shown_with_the_time_until_which_they_held():
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("prices", history_retention=MINUTE))
    builder.table("in", key=str, value=str, store=store)
    changelog = Changelog(builder, "prices", [("a", "1", 100), ("a", "3", 300), ("a", "2", 200)])
    assert held(changelog.rows()) == [("a", "3")]
    versions = changelog.rows(first_time=0)
    assert [(row.value, row.timestamp, row.valid_to) for row in versions] == [
        ("1", 100, 200),
        ("2", 200, 300),
        ("3", 300, None),
    ]
    assert [row.value for row in changelog.rows(first_time=250, last_time=299)] == ["2"]


def test_a_version_that_was_deleted_holds_no_more():
    builder = StreamsBuilder()
    store = Materialized(supplier=Stores.versioned("prices", history_retention=MINUTE))
    builder.table("in", key=str, value=str, store=store)
    changelog = Changelog(builder, "prices", [("a", "1", 100), ("a", None, 200)])
    assert changelog.rows() == []
    assert [row.value for row in changelog.rows(first_time=150)] == ["1"]
    assert changelog.rows(first_time=200) == []


def test_what_suppress_holds_back_is_shown_until_it_is_sent_on():
    builder = StreamsBuilder()
    windows = grouped(builder).windowed_by(TimeWindows.of_size(1_000).grace(0)).count(store="counts")
    windows.suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="held"))
    changelog = Changelog(builder, "held-store", [("a", "x", 100), ("b", "x", 1_500)])
    assert [(row.key, row.value.value) for row in changelog.rows()] == [(Windowed("b", 1_000, 2_000), 1)]
    assert kind_seen({}, changelog.records[0]) is StoreKind.suppress


@pytest.mark.parametrize(
    ("windows", "kind"),
    [
        (TimeWindows.of_size(1_000), StoreKind.window),
        (SessionWindows.of_inactivity_gap(1_000), StoreKind.session),
    ],
)
def test_windows_and_sessions_are_told_apart_by_their_rows(windows, kind):
    builder = StreamsBuilder()
    grouped(builder).windowed_by(windows).count(store="counts")
    [record] = Changelog(builder, "counts", [("key", "x", 1_796_000_040_000)]).records
    assert kind_seen({"cleanup.policy": "compact,delete"}, record) is kind


def test_a_topic_that_keeps_versions_is_told_by_its_settings():
    [record] = counted(("a", "x", 1)).records
    assert kind_seen({"cleanup.policy": "compact", "min.compaction.lag.ms": "60000"}, record) is StoreKind.versioned
    assert kind_seen({"cleanup.policy": "compact", "min.compaction.lag.ms": "0"}, record) is StoreKind.key_value
