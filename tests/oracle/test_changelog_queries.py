"""What `kstream query --from-changelog` reads from changelogs of Java's, held against what its stores held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from oracle_case import HEADER_CASES, OracleCase, all_cases
from oracle_queries import is_comparable, recorded_entries

from kstream_cli.operations.changelog_rows import BufferedChange, BufferedRecord
from kstream_cli.operations.store_layout import StoreKind, StoreLayout
from kstream_cli.operations.store_query import RowSelection, StoredRow, StoreQuery
from kstream_cli.operations.topic_types import TopicTypes


class ChangelogRecord(NamedTuple):
    """A recorded changelog record, with the accessors of a Kafka client's."""

    row: dict[str, Any]
    at: int

    def key(self) -> bytes | None:
        return _bytes(self.row["key_hex"])

    def value(self) -> bytes | None:
        return _bytes(self.row["value_hex"])

    def timestamp(self) -> tuple[int, int]:
        return 1, self.row["ts"] or 0  # Of suppress the broker stamps them, and the recording had none.

    def headers(self) -> list[tuple[str, bytes | None]]:
        return [(name, _bytes(value)) for name, value in self.row["headers"] or () if value != "REDACTED"]

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _stores() -> Iterator[Any]:
    """Each store of the recorded runs that has a changelog of its own."""
    for case in all_cases():
        if HEADER_CASES in case.path.parents or case.recorded["error"] is not None:
            continue
        written = {row["topic"] for row in case.recorded["output"]}
        for name in case.recorded["stores"]:
            if f"oracle-{name}-changelog" in written:
                yield pytest.param(case, name, id=f"{case}-{name}")


def _rows(case: OracleCase, name: str) -> tuple[StoreKind, list[StoredRow]]:
    topology = case.build()
    types = TopicTypes(topology, case.config)
    topic = types.changelog(name)
    records = [
        ChangelogRecord(row, at) for at, row in enumerate(r for r in case.recorded["output"] if r["topic"] == topic)
    ]
    layout = StoreLayout.of(topology.stores[name])
    return layout.kind, list(StoreQuery(types.of(topic), layout, RowSelection()).rows(records))


def _entries(kind: StoreKind, rows: list[StoredRow], *, timestamped: bool) -> list[list[Any]]:
    """The rows in the form of the recordings."""
    match kind:
        case StoreKind.window:
            found = [[row.key.key, row.key.start, row.value] for row in rows]
        case StoreKind.session:
            return sorted([row.key.key, row.key.start, row.key.end, row.value] for row in rows)
        case _:
            found = [[row.key, row.value] for row in rows]
    with_times = [[*cells, row.timestamp] if timestamped else cells for cells, row in zip(found, rows, strict=True)]
    return sorted(with_times, key=lambda cells: cells[:2]) if kind is StoreKind.window else with_times


@pytest.mark.parametrize(("case", "name"), list(_stores()))
def test_a_changelog_of_javas_holds_what_the_store_held(case: OracleCase, name: str) -> None:
    stored = case.recorded["stores"][name]
    kind, rows = _rows(case, name)
    if kind is StoreKind.suppress:
        assert all(isinstance(row.value, BufferedChange) for row in rows)
        return
    if kind is StoreKind.join_buffer:
        assert all(isinstance(row.value, BufferedRecord) for row in rows)
        return
    if not is_comparable(stored["entries"]):
        assert len(rows) <= len(stored["entries"])  # Several values of an outer join are one row.
        return
    is_timestamped = stored["type"] in ("timestamped_kv", "timestamped_window", "versioned_kv")
    entries = recorded_entries(stored, None) or []
    expected = [entry for entry in entries if entry[-1] is not None or not is_timestamped]
    found = _entries(kind, rows, timestamped=is_timestamped)
    if kind in (StoreKind.window, StoreKind.session) and case.recorded["config"]["statestore.cache.max.bytes"] != "0":
        # A running store shows what its record cache holds past the retention, too. The changelog has no cache.
        assert found == [entry for entry in expected if entry in found]
        assert found or not expected
        return
    assert found == expected
