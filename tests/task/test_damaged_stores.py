"""Damaged files of a store: it starts anew where something restores it, and says so clearly where nothing does."""

import pytest

from kstream_cli import Config, Stores, Topology
from kstream_cli.errors import StoreDamagedError, StoreError
from kstream_cli.task.global_task import GlobalTask
from kstream_cli.testing.raw_record import ConsumedRecord

ROWS = [(f"key{number:05}".encode(), number.to_bytes(8, "big"), 0) for number in range(5_000)]


def look_up(record, context):
    context.forward(record.with_value(context.store("seen").get(record.value)))


def keep(record, context):
    context.store("seen").put(record.key, record.value)


def topology_with(logging=True):
    topology = Topology().add_source("src", "in", key=str, value=str).add_processor("p", look_up, parents="src")
    return topology.add_state_store(Stores.key_value("seen", key=str, value=int, logging=logging), "p")


def filled(run_task, topology):
    """The folder of a store on disk that holds ROWS as of offset 5,000, with its task closed."""
    under_test = run_task(topology)
    task = under_test.task
    task.stores["seen"].restore(ROWS)
    task.post_commit({"seen": len(ROWS)})
    task.close()
    folder = task.context.directory / "kstream" / "seen"
    compacted = run_task(topology).task
    compacted.close()
    return folder


def overwrite(folder, pattern, change):
    files = sorted(folder.glob(pattern))
    assert files
    for file in files:
        file.write_bytes(change(file.read_bytes()))


def flip(data):
    """Damage that is found when the block is read, not when the file is opened."""
    return bytes(byte ^ 0xFF for byte in data[:40_000]) + data[40_000:]


DAMAGE = [
    ("CURRENT", lambda data: b"nonsense"),
    ("CURRENT", lambda data: b""),
    ("MANIFEST*", lambda data: data[: len(data) // 2]),
    ("MANIFEST*", lambda data: bytes(len(data))),
    ("*.sst", lambda data: data[: len(data) // 2]),
    ("*.sst", lambda data: bytes(len(data))),
    ("*.sst", flip),
]


@pytest.mark.parametrize(("pattern", "change"), DAMAGE)
def test_a_damaged_store_is_emptied_and_restored_from_the_beginning(run_task, caplog, pattern, change):
    folder = filled(run_task, topology_with())
    overwrite(folder, pattern, change)
    task = run_task(topology_with()).task
    assert task.restore_from("seen") is None
    task.stores["seen"].restore(ROWS)
    assert task.stores["seen"].get("key00007") == 7
    assert str(folder) in caplog.text


@pytest.mark.parametrize(("pattern", "change"), DAMAGE)
def test_a_damaged_store_without_a_changelog_is_an_error_that_names_its_folder(run_task, pattern, change):
    folder = filled(run_task, topology_with(logging=False))
    overwrite(folder, pattern, change)
    with pytest.raises(StoreError, match=rf"'seen' in {folder} .*delete that folder"):
        run_task(topology_with(logging=False))
    assert folder.is_dir()


def test_damage_met_while_a_record_is_processed_makes_the_next_start_a_new_one(run_task):
    folder = filled(run_task, topology_with())
    under_test = run_task(topology_with())
    overwrite(folder, "*.sst", flip)
    under_test.add("key01000")
    with pytest.raises(StoreDamagedError, match="seen"):
        under_test.task.process(1)
    under_test.task.close()
    assert run_task(topology_with()).task.restore_from("seen") is None


def test_a_global_store_that_lost_its_files_is_read_from_the_beginning_again(tmp_path):
    topology = Topology().add_global_store(
        Stores.key_value("seen", key=str, value=str, logging=False),
        source="src",
        topic="names",
        processor_name="p",
        supplier=keep,
        key=str,
        value=str,
    )

    def opened():
        config = Config.from_mapping({"application.id": "app"})
        task = GlobalTask(topology=topology, config=config, clock=lambda: 0, directory=tmp_path)
        task.open()
        return task

    task = opened()
    task.update("names", ConsumedRecord("names", b"a", b"x", 0, offset=6))
    task.commit()
    task.close()
    kept = task.positions
    assert kept == {("names", 0): 7}
    task = opened()
    assert task.resumable(kept) == kept
    task.close()
    overwrite(tmp_path / "kstream" / "seen", "CURRENT", lambda data: b"")
    task = opened()
    assert task.resumable(kept) == {}
    task.close()


def foreign(folder):
    """Have the folder say that it is another application's."""
    owner = folder / "OWNER"
    owner.write_text(owner.read_text().replace("app", "another"))


def test_foreign_state_is_kept_aside_and_the_store_starts_from_its_changelog(run_task, caplog):
    topology = topology_with()
    folder = filled(run_task, topology)
    foreign(folder)
    task = run_task(topology).task
    assert task.restore_from("seen") is None
    assert task.stores["seen"].get("key00001") is None
    assert "holds the state of changelog another-seen-changelog" in caplog.text
    assert "it is kept as seen.set-aside-1, and store 'seen' is restored" in caplog.text
    assert (folder.with_name("seen.set-aside-1") / "CURRENT").exists()


def test_foreign_state_of_a_store_without_a_changelog_is_for_the_user_to_decide_about(run_task):
    topology = topology_with(logging=False)
    folder = filled(run_task, topology)
    foreign(folder)
    with pytest.raises(StoreError, match=r"store 'seen' has no changelog .* move that folder away"):
        run_task(topology)
    assert (folder / "CURRENT").exists()
