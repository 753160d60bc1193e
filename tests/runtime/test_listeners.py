"""Who may be told what, and how an application leaves its group."""

import pytest

from kstream_cli import KafkaStreams, StandbyUpdateListener, StreamsBuilder
from kstream_cli.errors import ConfigError, StateError


def application(**settings):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    given = {"application.id": "app", "bootstrap.servers": "127.0.0.1:1"}
    return KafkaStreams(builder, given | {name.replace("_", "."): value for name, value in settings.items()})


def test_a_standby_update_listener_is_set_before_the_start():
    streams = application()
    streams.set_standby_update_listener(StandbyUpdateListener())
    streams.close()
    with pytest.raises(StateError, match="before start"):
        streams.set_standby_update_listener(StandbyUpdateListener())


def test_a_dynamic_member_cannot_stay_in_the_group():
    with pytest.raises(StateError, match=r"group\.instance\.id"):
        application().close(leave_group=False)
    assert application().close(leave_group=True)


def test_a_static_member_cannot_be_made_to_leave_the_group():
    with pytest.raises(StateError, match=r"session\.timeout\.ms"):
        application(group_instance_id="a").close(leave_group=True)
    assert application(group_instance_id="a").close(leave_group=False)


def test_a_listener_whose_methods_are_coroutines_is_refused():
    class Later(StandbyUpdateListener):
        async def on_update_start(self, *what):  # type: ignore[override]
            """Nobody would await it."""

    with pytest.raises(ConfigError, match="on_update_start"):
        application().set_standby_update_listener(Later())
