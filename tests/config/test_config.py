"""Config: Kafka's own keys, checked and typed; what the clients are given."""

from __future__ import annotations

from pathlib import Path

import pytest

import kstream_cli
from kstream_cli.config import Config, config_keys, environment_settings, parse_properties, parse_setting
from kstream_cli.errors import ConfigError
from kstream_cli.serde.built_in import StringSerde

OWN = {"allow.orphans", "dsl.result.headers", "on.lost.offsets", "opentelemetry.spans", "opentelemetry.tracer.provider"}
"""Settings that Kafka Streams does not have."""


def test_every_key_of_kafka_streams_has_a_field_and_a_meaning():
    keys = [key for key in config_keys() if not key.name.startswith("__") and key.name not in OWN]
    assert len(keys) == 81
    assert all(hasattr(Config.from_mapping(), key.field) and key.doc for key in keys)


def test_values_are_read_as_their_types():
    config = Config.from_mapping({"num.stream.threads": "3", "topology.optimization": "all"})
    assert config.num_stream_threads == 3
    assert config.topology_optimization == {
        "merge.repartition.topics",
        "reuse.ktable.source.topics",
        "single.store.self.join",
    }


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"aplication.id": "a"}, "did you mean 'application.id'"),
        ({"consumer.fetch.min.byte": 1}, "did you mean 'consumer.fetch.min.bytes'"),
        ({"num.stream.threads": 0}, "at least 1"),
        ({"num.stream.threads": "many"}, "whole number"),
        ({"processing.guarantee": "exactly_once"}, "at_least_once, exactly_once_v2"),
        ({"topology.optimization": "all,none"}, "cannot be combined"),
        ({"processing.guarantee": "exactly_once_v2", "commit.interval.ms": 20_000}, "transaction.timeout.ms"),
        ({"group.protocol": "consumer"}, "classic, streams"),
        ({"default.key.serde": "no_such_module:serde"}, "module:name"),
        ({"rack.aware.assignment.tags": "a,b,c,d,e,f"}, "at most 5"),
        ({"bootstrap.servers": "here:9092, there:x"}, "ports from 1 to 65535, not 'there:x'"),
        ({"bootstrap.servers": "here:99999"}, "not 'here:99999'"),
        ({"bootstrap.servers": ":9092"}, "not ':9092'"),
        ({"default.timestamp.extractor": 5}, "must be a function"),
        ({"rocksdb.config.setter": "str:"}, "module:name"),
        ({"processing.exception.handler": 5}, "a function or an exception handler"),
    ],
)
def test_a_wrong_setting_is_an_error_that_says_what_is_right(settings, message):
    with pytest.raises(ConfigError, match=message):
        Config.from_mapping(settings)


@pytest.mark.parametrize("servers", ["a", "a:1,b:2", "[::1]:9092", "[::1]", "SASL_SSL://a:9092"])
def test_servers_are_taken_with_and_without_port(servers):
    assert Config.from_mapping({"bootstrap.servers": servers}).bootstrap_servers == servers


def test_keys_that_are_known_for_javas_sake_only_are_told():
    config = Config.from_mapping({"upgrade.from": "3.9", "commit.interval.ms": 5, "config.providers": "here"})
    assert list(config.without_effect()) == ["config.providers", "upgrade.from"]


def test_every_other_key_is_read_somewhere():
    package = Path(kstream_cli.__file__).parent
    code = "\n".join(file.read_text() for file in package.rglob("*.py") if file.name != "settings.py")
    unread = [key.name for key in config_keys() if key.used and key.field not in code and f'"{key.name}"' not in code]
    assert unread == []


def test_exactly_once_commits_ten_times_a_second_and_reads_committed():
    config = Config.from_mapping(
        {"processing.guarantee": "exactly_once_v2", "consumer.isolation.level": "read_uncommitted"}
    )
    assert config.commit_interval_ms == 100
    assert {config.consumer(role)["isolation.level"] for role in ("main", "restore", "global")} == {"read_committed"}
    assert config.producer()["transaction.timeout.ms"] == 10_000


def test_a_commit_interval_that_is_given_counts_under_exactly_once_too():
    config = Config.from_mapping({"processing.guarantee": "exactly_once_v2", "commit.interval.ms": 500})
    assert config.commit_interval_ms == 500


def test_the_more_specific_prefix_wins():
    config = Config.from_mapping(
        {
            "fetch.min.bytes": 1,
            "consumer.fetch.min.bytes": 2,
            "main.consumer.fetch.min.bytes": 3,
            "producer.linger.ms": 0,
        }
    )
    assert config.consumer("main")["fetch.min.bytes"] == 3
    assert config.consumer("restore")["fetch.min.bytes"] == 2
    assert "fetch.min.bytes" not in config.producer()
    assert config.producer()["linger.ms"] == 0


def test_what_kstream_relies_on_cannot_be_set_otherwise(caplog):
    settings = Config.from_mapping({"consumer.enable.auto.commit": True}).consumer("main")
    assert settings["enable.auto.commit"] is False
    assert "enable.auto.commit" in caplog.text


def test_java_names_of_client_settings_are_translated():
    config = Config.from_mapping({"consumer.fetch.max.wait.ms": 7, "request.timeout.ms": 9})
    assert config.consumer("main")["fetch.wait.max.ms"] == 7
    assert config.producer()["socket.timeout.ms"] == 9


def test_the_producer_places_keys_as_java_does():
    assert Config.from_mapping().producer()["partitioner"] == "murmur2_random"


def test_the_old_name_of_a_key_counts_where_the_new_one_is_not_given():
    assert Config.from_mapping({"cache.max.bytes.buffering": 5}).statestore_cache_max_bytes == 5
    both = {"cache.max.bytes.buffering": 5, "statestore.cache.max.bytes": 6}
    assert Config.from_mapping(both).statestore_cache_max_bytes == 6


def test_secrets_are_not_shown():
    text = repr(Config.from_mapping({"sasl.password": "hunter2", "consumer.ssl.key.password": "hunter3"}))
    assert "hunter" not in text
    assert "sasl.password" in text


@pytest.mark.parametrize("given", [str, "str", StringSerde, "org.apache.kafka.common.serialization.Serdes$StringSerde"])
def test_a_default_serde_may_be_a_type_a_serde_or_a_name(given):
    assert isinstance(Config.from_mapping({"default.key.serde": given}).default_key_serde, StringSerde)


def test_environment_variables_are_keys_in_capitals():
    variables = {"KSTREAM_NUM_STREAM_THREADS": "2", "KSTREAM_CONSUMER_FETCH_MIN_BYTES": "1", "HOME": "/"}
    found = environment_settings(variables | {"KSTREAM_DEBUG": "1"}, ignore={"KSTREAM_DEBUG"})
    assert found == {"num.stream.threads": "2", "consumer.fetch.min.bytes": "1"}


def test_a_misspelt_environment_variable_is_an_error():
    with pytest.raises(ConfigError, match=r"num\.stream\.threads"):
        environment_settings({"KSTREAM_NUM_STREAM_THREAD": "2"})


def test_a_key_without_a_value_is_an_error():
    with pytest.raises(ConfigError, match=r"sasl\.password has no ="):
        parse_properties("a.b=1\nsasl.password")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("a.b c=d", {"a.b": "c=d"}),
        ("a.b\t:  c", {"a.b": "c"}),
        (r"a\:b=c\=d", {"a:b": "c=d"}),
        (r"a=\u00e9\tx", {"a": "é\tx"}),
        ("a=b\\\n   c\\\n# no comment", {"a": "bc# no comment"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("! note\na=", {"a": ""}),
        ("a=b\r\nc=d\r\n", {"a": "b", "c": "d"}),
    ],
)
def test_a_properties_file_is_read_as_java_reads_it(text, settings):
    assert parse_properties(text) == settings


def test_settings_and_properties_are_split_at_the_first_equals_sign():
    assert parse_setting("a.b = c=d") == ("a.b", "c=d")
    assert parse_properties("# note\na.b=1\n\nc.d: x=y\ne = f\\\n  g\n") == {"a.b": "1", "c.d": "x=y", "e": "fg"}
    with pytest.raises(ConfigError, match="key=value"):
        parse_setting("a.b")


def test_merged_settings_win_and_none_takes_one_back():
    config = Config.from_mapping({"num.stream.threads": 3, "poll.ms": 5}).merged(
        {"poll.ms": 6, "num.stream.threads": None}
    )
    assert (config.num_stream_threads, config.poll_ms) == (1, 6)


@pytest.mark.parametrize(
    "server", ["", "localhost:8080", "10.0.0.1:1", "[::1]:65535", "pod-0.app.svc:80", "my_host:80"]
)
def test_an_application_server_is_a_host_and_a_port(server):
    assert Config.from_mapping({"application.server": server}).application_server == server


@pytest.mark.parametrize(
    "server",
    ["foo", ":80", "foo:", "foo:bar", "foo:0", "foo:65536", "foo:-1", "::1:80", "http://:80", "a b:80", "h:\uff18"],
)
def test_an_application_server_that_nobody_could_ask_is_refused(server):
    with pytest.raises(ConfigError, match=r"application\.server is host:port with a port from 1 to 65535, not"):
        Config.from_mapping({"application.server": server})


@pytest.mark.parametrize("key", ["poll.ms", "num.stream.threads", "max.poll.records", "consumer.max.poll.interval.ms"])
@pytest.mark.parametrize("value", [float("inf"), float("nan"), "inf", "1e3"])
def test_what_is_no_whole_number_is_a_wrong_value(key, value):
    with pytest.raises(ConfigError, match="whole number"):
        Config.from_mapping({key: value})


@pytest.mark.parametrize("value", [2**63, "99999999999999999999999", 1e300])
def test_a_number_that_java_could_not_hold_is_refused(value):
    with pytest.raises(ConfigError, match=r"commit\.interval\.ms must be at most 9223372036854775807"):
        Config.from_mapping({"commit.interval.ms": value})


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a b", "a\x1b[31m", "é", "a" * 250])
def test_an_application_id_is_the_start_of_a_topics_name_and_the_name_of_a_folder(name):
    with pytest.raises(ConfigError, match=r"application\.id names topics, groups and folders"):
        Config.from_mapping({"application.id": name})


def test_a_scheme_before_the_application_server_is_left_out_as_in_java():
    assert Config.from_mapping({"application.server": "http://h:80"}).application_server == "h:80"


@pytest.mark.parametrize(
    ("role", "protocol", "given"),
    [("main", "classic", True), ("main", "streams", False), ("restore", "classic", False)],
)
def test_only_a_consumer_that_joins_a_group_is_told_the_times_of_members(role, protocol, given):
    # librdkafka refuses a poll interval below the session timeout, which is the group's by the streams protocol.
    times = {"max.poll.interval.ms": 4000, "session.timeout.ms": 3000, "heartbeat.interval.ms": 100}
    config = Config.from_mapping({"application.id": "app", "group.protocol": protocol, **times})
    found = config.consumer(role)
    assert {name: found.get(name) for name in times} == {name: times[name] if given else None for name in times}


def test_what_a_streams_group_decides_for_its_members_is_said_to_have_no_effect():
    given = {"session.timeout.ms": 6000, "main.consumer.heartbeat.interval.ms": 100, "group.protocol": "streams"}
    found = Config.from_mapping(given).without_effect()
    assert "streams.session.timeout.ms" in found["session.timeout.ms"]
    assert "streams.heartbeat.interval.ms" in found["main.consumer.heartbeat.interval.ms"]
    assert not Config.from_mapping({**given, "group.protocol": "classic"}).without_effect()
