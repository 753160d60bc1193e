"""A member without tasks leaves the group as any other: nobody waits for its session to time out."""

from kstream_cli import KafkaStreams, State, StreamsBuilder


def test_threads_without_tasks_leave_the_group_when_the_application_closes(kafka_cluster, unique, tmp_path, wait_until):
    source, application = unique("in"), unique("app")
    kafka_cluster.create_topics(**{source: 1})
    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).foreach(lambda key, value: None)
    config = {
        "application.id": application,
        "bootstrap.servers": kafka_cluster.address,
        "num.stream.threads": 3,
        "state.dir": str(tmp_path),
    }
    with KafkaStreams(builder, config) as streams:
        streams.start()
        wait_until(lambda: streams.state is State.RUNNING, what="the application running")
        wait_until(lambda: kafka_cluster.members(application) == 3, what="all threads in the group")
    assert kafka_cluster.members(application) == 0
