"""Settings of clusters beside home: clusters.NAME.<setting of a Kafka client>."""

import pytest

from kstream_cli.config import Config, environment_settings
from kstream_cli.errors import ConfigError

HOME = {"application.id": "app", "bootstrap.servers": "home:9092"}
EAST = {"clusters.east.bootstrap.servers": "east:9092"}


def test_a_cluster_has_its_own_address():
    config = Config.from_mapping({**HOME, **EAST})
    assert {name: each.bootstrap_servers for name, each in config.clusters.items()} == {"east": "east:9092"}


def test_a_client_of_another_cluster_is_told_nothing_of_how_to_get_into_home():
    home = {
        "security.protocol": "SASL_SSL",
        "sasl.username": "me",
        "sasl.password": "secret",
        "ssl.ca.location": "ca",
        "consumer.fetch.min.bytes": 7,
        "group.instance.id": "one",
    }
    config = Config.from_mapping({**HOME, **EAST, **home})
    settings = config.client_of("east", "consumer", config.consumer("main"))
    assert settings["bootstrap.servers"] == "east:9092"
    assert settings["fetch.min.bytes"] == 7
    assert not [name for name in settings if name.startswith(("sasl.", "ssl.", "security."))]


def test_a_client_of_another_cluster_takes_its_settings_plain_or_for_its_kind():
    given = {
        "clusters.east.security.protocol": "SSL",
        "clusters.east.consumer.fetch.min.bytes": 3,
        "clusters.east.producer.linger.ms": 9,
    }
    config = Config.from_mapping({**HOME, **EAST, **given})
    consumer = config.client_of("east", "consumer", config.consumer("main"))
    assert (consumer["security.protocol"], consumer["fetch.min.bytes"]) == ("SSL", 3)
    assert config.client_of("east", "producer", config.producer())["linger.ms"] == 9
    assert "security.protocol" not in config.consumer("main")


def test_a_transaction_is_none_of_another_clusters_business():
    config = Config.from_mapping({**HOME, **EAST, "processing.guarantee": "exactly_once_v2"})
    producer = config.client_of("east", "producer", {**config.producer(), "transactional.id": "t"})
    assert not [name for name in producer if name.startswith("transaction")]
    assert producer["enable.idempotence"] is True


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("clusters.east.sasl.usrname", "did you mean 'clusters.east.sasl.username'"),
        ("clusters.east.group.id", "group.id is the application's"),
        ("clusters.east.consumer.enable.auto.commit", "enable.auto.commit is the application's"),
        ("clusters.East.bootstrap.servers", "NAME has small letters"),
        ("clusters.east", "NAME has small letters"),
        ("clusters.home.bootstrap.servers", "home is the cluster of bootstrap.servers"),
        ("clusters.east.num.stream.threads", "unknown config key"),
    ],
)
def test_a_wrong_key_is_named(key, message):
    with pytest.raises(ConfigError, match=message):
        Config.from_mapping({**HOME, key: "x"})


def test_a_wrong_value_is_named_with_its_cluster():
    with pytest.raises(ConfigError, match=r"clusters.east: bootstrap.servers is host:port"):
        Config.from_mapping({**HOME, "clusters.east.bootstrap.servers": "east:none"})


def test_variables_name_clusters_whose_names_have_dashes():
    found = environment_settings(
        {"KSTREAM_CLUSTERS_EU_WEST_SASL_USERNAME": "me", "KSTREAM_CLUSTERS_EU_CONSUMER_FETCH_MIN_BYTES": "3"}
    )
    assert found == {"clusters.eu-west.sasl.username": "me", "clusters.eu.consumer.fetch.min.bytes": "3"}


def test_a_secret_of_a_cluster_is_not_shown():
    assert "abc" not in repr(Config.from_mapping({**HOME, **EAST, "clusters.east.sasl.password": "abc"}))
