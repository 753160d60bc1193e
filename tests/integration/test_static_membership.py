"""Members with a name of their own: who comes back in time finds its tasks, and nobody else notices."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError, KafkaException
from worker import key_count

from kstream_cli import KafkaStreams, State

pytestmark = pytest.mark.kafka

LOOKING_FOR_COORDINATOR = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
SETTINGS = {
    "commit.interval.ms": 100,
    "consumer.session.timeout.ms": 20_000,
    "consumer.heartbeat.interval.ms": 200,
}


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_static_member_that_comes_back_in_time_gets_its_tasks_without_a_rebalance(
    kafka_cluster, unique, tmp_path, wait_until, start_worker, end
):
    source, sink, application = unique("in"), unique("out"), unique("app")
    kafka_cluster.create_topics(**{source: 2, sink: 1})
    config = {"application.id": application, "bootstrap.servers": kafka_cluster.address, **SETTINGS}
    told = []

    def start_member():
        own = {"group.instance.id": "restarts", "state.dir": tmp_path / "restarts"}
        return start_worker("key_count", source, sink, config | own)

    def assigned():
        """By name of the member: its partitions; none while a broker of 4.4 still looks for the coordinator."""
        try:
            members = kafka_cluster.admin.describe_consumer_groups([application])[application].result(10).members
        except KafkaException as error:
            if error.args[0].code() not in LOOKING_FOR_COORDINATOR:
                raise
            return {}
        return {
            member.group_instance_id: [each.partition for each in member.assignment.topic_partitions]
            for member in members
        }

    def committed():
        return sum(max(0, offset) for offset in kafka_cluster.committed(application, source).values())

    stays = KafkaStreams(
        key_count(source, sink), config | {"group.instance.id": "stays", "state.dir": tmp_path / "stays"}
    )
    stays.set_state_listener(lambda new, old: told.append(new))
    with stays:
        stays.start()
        restarts = start_member()
        wait_until(lambda: sorted(map(len, assigned().values())) == [1, 1], what="a task each")
        wait_until(lambda: stays.state is State.RUNNING, what="running")
        before = assigned()
        kafka_cluster.produce(source, [(b"k%d" % number, b"") for number in range(50)])
        wait_until(lambda: committed() == 50, what="all counted")
        getattr(restarts, end)()
        restarts.wait(20)
        told.clear()
        kafka_cluster.produce(source, [(b"k%d" % number, b"") for number in range(50)])
        start_member()
        wait_until(lambda: committed() == 100, what="all counted again, before the session would have ended")
        assert assigned() == before
        assert told == []
