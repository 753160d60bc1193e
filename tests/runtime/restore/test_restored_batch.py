"""Changelog records that are none of the store's: named by topic, partition and offset, whatever is in them."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kstream_cli import Config, Stores, Topology
from kstream_cli.errors import SerializationError, StoreError
from kstream_cli.runtime.restore.restored_batch import restore_batch
from kstream_cli.serde.built_in import LongSerde, StringSerde
from kstream_cli.state.builders import SuppressBufferBuilder, TimeOrderedBufferBuilder
from kstream_cli.task.stream_task import StreamTask
from kstream_cli.task.task_id import TaskId
from kstream_cli.testing.captured_output import CapturedOutput
from kstream_cli.testing.raw_record import ConsumedRecord
from kstream_cli.topology.subtopologies import Subtopology

HOUR = 3_600_000
SERDES = {"key": str, "value": int}


def stores_of(persistent):
    common = {**SERDES, "persistent": persistent}
    return {
        "key-value": Stores.key_value("s", **common),
        "timestamped": Stores.key_value("s", timestamped=True, **common),
        "window": Stores.window("s", retention=HOUR, window_size=60_000, **common),
        "duplicates": Stores.window("s", retention=HOUR, window_size=60_000, retain_duplicates=True, **common),
        "session": Stores.session("s", retention=HOUR, **common),
    }


STORES = {f"{name} on disk": store for name, store in stores_of(True).items()}
STORES |= {f"{name} in memory": store for name, store in stores_of(False).items()}
STORES |= {
    "versioned": Stores.versioned("s", history_retention=HOUR, **SERDES),
    "lru": Stores.lru_map("s", max_entries=10, **SERDES),
    "suppress": SuppressBufferBuilder(name="s", key=StringSerde(), value=LongSerde(), persistent=False),
    "grace": TimeOrderedBufferBuilder(name="s", grace_ms=1000, key=StringSerde(), value=LongSerde()),
}
SHORT_KEYS = ["window on disk", "window in memory", "duplicates on disk", "session on disk", "session in memory"]


def task_with(store, directory):
    topology = Topology().add_source("src", "in", key=str, value=str)
    topology.add_processor("p", lambda record, context: None, parents="src").add_state_store(store, "p")
    task = StreamTask(
        TaskId(0, 0),
        Subtopology(0, tuple(topology.nodes.values()), (), (), ()),
        topology=topology,
        config=Config.from_mapping({"application.id": "app"}),
        inputs=[("in", 0)],
        producer=CapturedOutput(),
        clock=lambda: 0,
        directory=directory,
    )
    task.open()
    return task


def record(key, value, offset, timestamp=1_000):
    return ConsumedRecord("app-s-changelog", key, value, timestamp, offset=offset)


@pytest.mark.parametrize("kind", SHORT_KEYS)
def test_a_key_that_is_too_short_is_named_by_its_position(kind, tmp_path):
    task = task_with(STORES[kind], tmp_path)
    good = b"key" + (1_000).to_bytes(8, "big") * 2
    with pytest.raises(StoreError, match=r"'s' cannot be restored from app-s-changelog-0@42.*key of 3 bytes"):
        restore_batch(task, "s", [record(good, bytes(8), 41), record(b"abc", bytes(8), 42), record(good, bytes(8), 43)])
    task.close()


def test_a_truncated_value_is_named_by_its_position(tmp_path):
    task = task_with(STORES["suppress"], tmp_path)
    with pytest.raises(StoreError, match=r"app-s-changelog-0@7.*value of 5 bytes"):
        restore_batch(task, "s", [record(b"k", b"12345", 7)])
    task.close()


def test_records_without_a_key_are_passed_over(tmp_path):
    task = task_with(STORES["key-value on disk"], tmp_path)
    assert restore_batch(task, "s", [record(None, b"x", 4), record(b"k", (9).to_bytes(8, "big"), 5)]) == 6
    task.commit_restored()
    assert task.stores["s"].get("k") == 9
    task.close()


def test_records_without_a_key_are_passed_over_where_headers_are_restored_too():
    restored = []
    task = SimpleNamespace(
        stores={"s": SimpleNamespace(restores_headers=True)},
        restore=lambda store, records, end: restored.append((store, list(records), end)),
    )
    assert restore_batch(task, "s", [record(b"k", b"v", 4), record(None, b"x", 5)]) == 6
    assert restored == [("s", [(b"k", b"v", 1_000, ())], 6)]


def test_a_disk_that_takes_no_more_is_not_blamed_on_a_record(tmp_path, monkeypatch):
    monkeypatch.setenv("KSTREAM_NATIVE", "0")  # So that few rows become a file.
    task = task_with(STORES["key-value on disk"], tmp_path)
    (tmp_path / "kstream" / "s" / "1.under-way").mkdir()
    with pytest.raises(StoreError, match=r"^store 's' cannot write to"):
        restore_batch(task, "s", [record(b"%05d" % number, bytes(8), number) for number in range(20_000)])
    task.close()


def read_all(store):
    """Read every row there is; one may be none that its serdes can read."""
    if hasattr(store, "all"):
        with suppress(SerializationError):
            list(store.all())


TIMES = st.sampled_from([0, 1, -1, 2**62, -(2**62), 2**63 - 1])
CHANGES = st.lists(st.tuples(st.binary(max_size=40), st.none() | st.binary(max_size=60), TIMES), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", STORES)
@settings(max_examples=25)
@given(changes=CHANGES)
def test_no_bytes_on_a_changelog_do_more_than_raise_a_clear_error(kind, changes):
    with TemporaryDirectory() as directory:
        task = task_with(STORES[kind], Path(directory))
        batch = [record(key, value, offset, time) for offset, (key, value, time) in enumerate(changes)]
        try:
            restore_batch(task, "s", batch)
            task.commit_restored()
            task.start({})
            task.prepare_commit()
            task.post_commit({"s": len(batch)})
            read_all(task.stores["s"])
        except StoreError as error:
            said = str(error)
        else:
            said = "nothing about store 's'"
        finally:
            task.close()
        assert "'s'" in said
