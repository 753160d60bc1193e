import struct
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from kstream_cli import Config, StreamsBuilder
from kstream_cli.errors import StoreNotAvailableError, StreamsError, TopologyError, UnknownStoreError
from kstream_cli.processor.partitioners import partition_for_key
from kstream_cli.runtime.cluster.assignment import place
from kstream_cli.runtime.cluster.group_members import consumer_client_id, member_of
from kstream_cli.runtime.streams_group.description import GroupInstance
from kstream_cli.runtime.streams_metadata import GroupMetadata
from kstream_cli.task.task_id import TaskId

PARTITIONS = 4


def member(client_id, *partitions, topic="in"):
    assigned = struct.pack(">hih", 0, 1, len(topic)) + topic.encode()
    assigned += struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)
    return SimpleNamespace(id="", client_id=client_id, client_host="", assignment=assigned)


def group(*members, state="Stable", replicas=0, streams_group=None):
    """The metadata of an application that counts by key, as instance `one` sees it."""
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).group_by_key().count(store="counts").to_stream().to("out")
    builder.global_table("countries", key=str, value=str, store="countries")
    topology = builder.build()
    admin = Mock()
    admin.list_groups.return_value = [
        SimpleNamespace(
            error=None, state=state, members=list(members), protocol_type="consumer", protocol="cooperative-sticky"
        )
    ]
    application = SimpleNamespace(
        admin=admin,
        client_id="one",
        config=Config.from_mapping({"application.id": "app", "num.standby.replicas": replicas}),
        topology=topology,
        subtopologies=topology.subtopologies(),
        placement=place({0: ["in"]}, {"in": PARTITIONS}, "app"),
        streams_group=streams_group,
    )
    return GroupMetadata(application)


def two_instances(**options):
    return group(
        member("one-StreamThread-1-consumer@10.0.0.1:8080", 0),
        member("one-StreamThread-2-consumer@10.0.0.1:8080", 1),
        member("two-StreamThread-1-consumer@10.0.0.2:8080", 2, 3),
        **options,
    )


@pytest.mark.parametrize("server", ["", "host.example:80"])
def test_a_consumers_client_id_tells_its_instance_and_server(server):
    found = member_of(consumer_client_id("app-1-StreamThread-3", server), [])
    assert (found.instance, found.server) == ("app-1", server or None)


def test_a_streams_group_itself_knows_who_has_which_tasks_and_copies():
    broker = Mock()
    broker.instances.return_value = [
        GroupInstance("one", "10.0.0.1:8080", frozenset({TaskId(0, 0)}), frozenset({TaskId(0, 3)})),
        GroupInstance("two", None, frozenset({TaskId(0, 3)}), frozenset()),
    ]
    metadata = group(streams_group=broker)
    one, two = metadata.instances()
    assert (one.is_local, one.server, one.tasks, one.standby_tasks) == (True, "10.0.0.1:8080", {"0_0"}, {"0_3"})
    assert (two.is_local, two.tasks, two.stores) == (False, {"0_3"}, {"counts"})
    found = metadata.of_key("counts", "a", serde=None, partitioner=lambda topic, key, value, count: 3)
    assert ([found.active.client_id], [each.client_id for each in found.standbys]) == (["two"], ["one"])


def test_a_streams_group_that_cannot_be_asked_is_to_be_asked_again():
    broker = Mock()
    broker.instances.side_effect = StreamsError("no coordinator")
    with pytest.raises(StoreNotAvailableError, match="ask again"):
        group(streams_group=broker).instances()


def test_threads_of_one_instance_count_as_one():
    one, two = two_instances().instances()
    assert (one.client_id, one.server, one.is_local) == ("one", "10.0.0.1:8080", True)
    assert one.tasks == {"0_0", "0_1"}
    assert (two.client_id, two.is_local, two.tasks) == ("two", False, {"0_2", "0_3"})
    assert one.stores == two.stores == {"counts"}


@pytest.mark.parametrize("key", ["a", "b", "c", "d", "e"])
def test_a_key_is_with_the_instance_that_has_its_partition(key):
    found = two_instances().of_key("counts", key, serde=None, partitioner=None)
    assert found.partition == partition_for_key(key.encode(), PARTITIONS)
    assert found.active.server == ("10.0.0.1:8080" if found.partition < 2 else "10.0.0.2:8080")


def test_a_partitioner_may_say_where_keys_are():
    found = two_instances().of_key("counts", "a", serde=None, partitioner=lambda topic, key, value, count: 3)
    assert (found.partition, found.active.client_id) == (3, "two")


def test_a_partitioner_that_gives_several_is_refused():
    with pytest.raises(TopologyError, match="instead of one partition"):
        two_instances().of_key("counts", "a", serde=None, partitioner=lambda topic, key, value, count: [1, 2])


def test_standby_copies_are_named_as_every_instance_places_them():
    found = two_instances(replicas=1).of_key("counts", "a", serde=None, partitioner=None)
    [standby] = found.standbys
    assert standby.client_id != found.active.client_id


def test_a_global_store_is_on_every_instance():
    metadata = two_instances()
    found = metadata.of_key("countries", "fi", serde=None, partitioner=None)
    assert found.active.is_local
    assert len(metadata.with_store("countries")) == 2


def test_a_store_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UnknownStoreError, match="there is no store 'count'; there are: counts, countries"):
        two_instances().with_store("count")


def test_nothing_is_known_while_tasks_move():
    moving = group(state="PreparingRebalance")
    with pytest.raises(StoreNotAvailableError, match="rebalances"):
        moving.instances()


def test_a_broker_that_shows_no_members_is_named_as_the_reason():
    with pytest.raises(StoreNotAvailableError, match="embedded broker"):
        group().instances()


def test_a_key_whose_task_nobody_has_is_not_available():
    with pytest.raises(StoreNotAvailableError, match="no instance has task 0_"):
        group(member("one-StreamThread-1-consumer")).of_key("counts", "a", serde=None, partitioner=None)


def test_the_group_is_asked_once_a_second_at_most():
    metadata = two_instances()
    metadata.instances()
    metadata.instances()
    assert metadata._application.admin.list_groups.call_count == 1
