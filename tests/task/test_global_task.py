"""Global stores: filled by their own processors, read by all others."""

import pytest

from kstream_cli import Config, Processor, Stores, Topology, TopologyTestDriver
from kstream_cli.errors import ProcessingError, SerializationError
from kstream_cli.task.global_task import GlobalTask
from kstream_cli.testing.raw_record import ConsumedRecord


def keep_upper(record, context):
    context.store("names").put(record.key, record.value.upper())


def topology_with(supplier=keep_upper, persistent=False, value=str):
    return Topology().add_global_store(
        Stores.key_value("names", key=str, value=str, persistent=persistent, logging=False),
        source="names-source",
        topic="names-topic",
        processor_name="names-processor",
        supplier=supplier,
        key=str,
        value=value,
    )


@pytest.fixture
def run_global(tmp_path):
    made = []

    def make(topology):
        task = GlobalTask(
            topology=topology,
            config=Config.from_mapping({"application.id": "app"}),
            clock=lambda: 0,
            directory=tmp_path,
        )
        task.open()
        made.append(task)
        return task

    yield make
    for task in made:
        task.close()


def record(offset, key=b"a", value=b"x", partition=0):
    return ConsumedRecord("names-topic", key, value, offset, offset=offset, partition=partition)


def test_its_processor_fills_a_global_store(run_global):
    task = run_global(topology_with())
    task.update("names-topic", record(0))
    assert task.stores["names"].get("a") == "X"


def test_positions_are_kept_for_each_partition(run_global):
    task = run_global(topology_with())
    task.update("names-topic", record(4))
    task.update("names-topic", record(8, partition=1))
    assert task.positions == {("names-topic", 0): 5, ("names-topic", 1): 9}


def test_records_go_through_the_processor_again_at_a_restore(run_global):
    task = run_global(topology_with())
    task.restore("names-topic", 0, [record(0), record(1, b"b", b"y")], 2)
    assert [task.stores["names"].get(key) for key in "ab"] == ["X", "Y"]
    assert task.positions == {("names-topic", 0): 2}


def test_what_was_committed_is_there_after_a_restart(run_global):
    task = run_global(topology_with(persistent=True))
    task.update("names-topic", record(0))
    task.commit()
    task.close()
    assert run_global(topology_with(persistent=True)).stores["names"].get("a") == "X"


def test_an_error_names_the_global_processor_and_the_record(run_global):
    def fail(record, context):
        raise ValueError("no")

    task = run_global(topology_with(fail))
    with pytest.raises(ProcessingError, match=r"'names-processor' of task global failed on record names-topic-0@3"):
        task.update("names-topic", record(3))


def test_bytes_that_cannot_be_decoded_stop_a_global_store_by_default(run_global):
    task = run_global(topology_with(value=int))
    with pytest.raises(SerializationError, match="names-topic-0@0 cannot be decoded"):
        task.update("names-topic", record(0, value=b"short"))


def test_other_processors_read_a_global_store_without_being_connected():
    def look_up(record, context):
        context.forward(record.with_value(context.store("names").get(record.value) or "?"))

    topology = topology_with().add_source("src", "in", key=str, value=str).add_processor("p", look_up, parents="src")
    topology.add_sink("snk", "out", parents="p", key=str, value=str)
    with TopologyTestDriver(topology) as driver:
        driver.input("in").pipe(("1", "a"))
        driver.input("names-topic").pipe(("a", "ann"))
        driver.input("in").pipe(("2", "a"))
        assert driver.output("out").read() == [("1", "?"), ("2", "ANN")]
        assert driver.store("names").get("a") == "ANN"


def test_other_processors_cannot_write_a_global_store():
    class Writing(Processor):
        def process(self, record):
            self.context.store("names").put("a", "b")

    topology = topology_with().add_source("src", "in", key=str, value=str).add_processor("p", Writing, parents="src")
    with TopologyTestDriver(topology) as driver, pytest.raises(ProcessingError, match="can only be read here"):
        driver.input("in").pipe(("1", "a"))
