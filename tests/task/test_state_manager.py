"""The stores of a task: in which order they are opened, flushed, committed and closed, and where a restore begins."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kstream_cli.errors import StoreError
from kstream_cli.task.state_manager import Changelog, StateManager, appends, changelogs, store_names
from kstream_cli.topology.nodes import ProcessorNode, SinkNode, SourceNode

CONTEXT: Any = SimpleNamespace(task="0_0")


class Stores:
    """A manager of stores that write what is asked of them into one list."""

    def __init__(self, *names: str) -> None:
        self.calls: list[Any] = []
        self.errors: dict[Any, BaseException] = {}
        self.offsets: dict[str, int | None] = {}
        logs = {name: Changelog(name, f"app-{name}-changelog", 0) for name in names}
        self.manager = StateManager({name: self.store(name) for name in names}, logs)

    def store(self, name: str) -> Any:
        def note(call: str, *given: Any) -> None:
            self.calls.append((call, name, *given))
            if (call, name) in self.errors:
                raise self.errors[call, name]

        return SimpleNamespace(
            name=name,
            committed_offset=self.offsets.get(name),
            open=lambda context: note("open"),
            flush=lambda: note("flush"),
            restore=lambda records: note("restore", records),
            commit=lambda offset: note("commit", offset),
            close=lambda: note("close"),
        )


def test_stores_are_opened_and_flushed_in_order_and_closed_the_other_way_round() -> None:
    stores = Stores("a", "b")
    stores.manager.open(CONTEXT)
    stores.manager.flush()
    assert stores.manager.close() == []
    assert stores.calls == [
        *(("open", "a"), ("open", "b")),
        *(("flush", "a"), ("flush", "b")),
        *(("close", "b"), ("close", "a")),
    ]


def test_where_one_store_cannot_be_opened_none_stays_open() -> None:
    stores = Stores("a", "b", "c")
    stores.errors["open", "b"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        stores.manager.open(CONTEXT)
    assert stores.calls == [("open", "a"), ("open", "b"), ("close", "c"), ("close", "b"), ("close", "a")]


def test_all_stores_are_closed_whatever_some_of_them_raise() -> None:
    stores = Stores("a", "b", "c")
    first, second = StoreError("no"), SystemExit(1)
    stores.errors = {("close", "c"): first, ("close", "a"): second}
    assert stores.manager.close() == [first, second]
    assert [name for _, name in stores.calls] == ["c", "b", "a"]


def test_a_commit_gives_each_store_the_offset_of_its_changelog_that_is_known() -> None:
    stores = Stores("a", "b")
    stores.manager.commit({"b": 0, "c": 9})
    assert stores.calls == [("commit", "a", None), ("commit", "b", 0)]


def test_a_store_is_restored_from_its_last_commit_and_then_from_where_it_has_come_to() -> None:
    stores = Stores()
    stores.offsets["a"] = 7
    manager = StateManager({"a": stores.store("a"), "b": stores.store("b")}, {})
    assert (manager.restore_from("a"), manager.restore_from("b")) == (7, None)
    manager.restore("a", ("records",), 12)
    manager.restore("b", (), 0)
    assert (manager.restore_from("a"), manager.restore_from("b")) == (12, 0)
    assert stores.calls == [("restore", "a", ("records",)), ("restore", "b", ())]


def test_only_what_was_restored_is_committed_with_the_offset_that_it_has_come_to() -> None:
    stores = Stores("a", "b", "c")
    stores.manager.restore("c", (), 5)
    stores.manager.restore("a", (), 3)
    stores.manager.restore("a", (), 4)
    stores.calls.clear()
    stores.manager.commit_restored()
    assert sorted(stores.calls) == [("commit", "a", 4), ("commit", "c", 5)]


def test_a_batch_that_a_store_does_not_take_does_not_move_its_offset() -> None:
    stores = Stores("a")
    stores.errors["restore", "a"] = StoreError("the disk is full")
    with pytest.raises(StoreError):
        stores.manager.restore("a", (), 12)
    assert stores.manager.restore_from("a") is None


def node(name: str, *stores: str) -> ProcessorNode:
    return ProcessorNode(name, SimpleNamespace(), (), stores)  # type: ignore[arg-type]


NODES = [
    SourceNode("source", ("in",)),
    node("first", "b", "a"),
    node("none"),
    node("second", "c", "b", "d"),
    SinkNode("sink", ("second",)),
]


def test_stores_come_in_the_order_in_which_nodes_first_use_them() -> None:
    assert store_names(NODES) == ["b", "a", "c", "d"]


def topology(*, logged: str, sources: dict[str, str]) -> Any:
    return SimpleNamespace(
        stores={name: SimpleNamespace(logging=name in logged) for name in "abcd"},
        source_changelogs=sources,
        topic_name=lambda topic, application_id: f"{application_id}/{topic}",
    )


def test_a_logged_store_has_a_changelog_of_its_own_and_a_table_of_a_topic_has_that_topic() -> None:
    found = changelogs(NODES, topology(logged="ab", sources={"c": "in", "a": "other"}), "app", 3)
    assert list(found.items()) == [
        ("b", Changelog("b", "app-b-changelog", 3, is_source=False)),
        ("a", Changelog("a", "app/other", 3, is_source=True)),
        ("c", Changelog("c", "app/in", 3, is_source=True)),
    ]


def test_only_changelogs_of_their_own_are_written_to() -> None:
    asked: list[Any] = []

    def append(*given: Any) -> Any:
        asked.append(given)
        return "write"

    logs = {"a": Changelog("a", "log-a", 3), "b": Changelog("b", "in", 3, is_source=True)}
    found = appends(logs, "app", ["a", "b", "c"], append)
    assert found == {"a": ("log-a", "write"), "b": ("in", None), "c": ("app-c-changelog", None)}
    assert asked == [("a", "log-a", 3)]


def test_a_standby_writes_to_no_changelog() -> None:
    logs = {"a": Changelog("a", "log-a", 3), "b": Changelog("b", "in", 3, is_source=True)}
    assert appends(logs, "app", ["a", "b"], None) == {"a": ("log-a", None), "b": ("in", None)}
