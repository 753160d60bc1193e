"""One instance can end all of them, and none is hindered from starting again."""

from __future__ import annotations

import pytest
from worker import failing_once

from kstream_cli import KafkaStreams, State, StreamThreadExceptionResponse
from kstream_cli.errors import ApplicationShutdownError, ProcessingError

FAST = {"consumer.session.timeout.ms": "6000", "consumer.heartbeat.interval.ms": "300", "commit.interval.ms": "200"}


def test_an_error_answered_with_shutdown_application_ends_every_instance(cluster, unique, tmp_path, wait_until):
    source, application = unique("in"), unique("app")
    cluster.create_topics(**{source: 2})

    def instance(name, failed):
        config = {"application.id": application, "bootstrap.servers": cluster.address, "client.id": name, **FAST}
        streams = KafkaStreams(failing_once(source, failed), config | {"state.dir": str(tmp_path / name)})
        streams.set_uncaught_exception_handler(lambda error: StreamThreadExceptionResponse.SHUTDOWN_APPLICATION)
        return streams

    def tasks(streams):
        return [task.state for thread in streams.progress() for task in thread.tasks]

    failed = []
    with instance("one", failed) as one, instance("two", failed) as two:
        one.start()
        two.start()
        wait_until(lambda: tasks(one) == tasks(two) == ["running"], what="a task each")
        cluster.produce(source, [(b"k", b"poison")])
        ended = {}
        for each in (one, two):
            with pytest.raises((ProcessingError, ApplicationShutdownError)) as caught:
                each.wait(60)
            ended[type(caught.value)] = each.state
            assert each.application_shutdown
        assert ended == {ProcessingError: State.ERROR, ApplicationShutdownError: State.ERROR}
    with instance("one", failed) as again:
        again.start()
        assert not again.wait(5)
