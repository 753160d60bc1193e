"""The properties file of a Java application, taken as it is."""

from __future__ import annotations

import confluent_kafka
import pytest

from kstream_cli import KafkaStreams, StreamsBuilder
from kstream_cli.config import Config, parse_properties
from kstream_cli.processor.exception_handlers import LogAndContinueExceptionHandler
from kstream_cli.serde.built_in import LongSerde, StringSerde

PROPERTIES = r"""
# An application of Kafka Streams 4.4, as it may be found.
application.id=orders
bootstrap.servers=127.0.0.1:1
default.key.serde=org.apache.kafka.common.serialization.Serdes$StringSerde
default.value.serde=org.apache.kafka.common.serialization.Serdes$LongSerde
default.timestamp.extractor=org.apache.kafka.streams.processor.WallclockTimestampExtractor
deserialization.exception.handler=org.apache.kafka.streams.errors.LogAndContinueExceptionHandler
dsl.store.suppliers.class=org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers
dsl.store.format=headers
num.stream.threads=2
processing.guarantee=exactly_once_v2
commit.interval.ms=100
enable.transactional.statestores=true
statestore.uncommitted.max.bytes=1048576
default.interactive.query.isolation.level=read_committed
topology.description.push.enabled=false
metadata.cluster.check.enable=false
upgrade.from=4.3
task.assignor.class=com.example.OwnAssignor
rocksdb.config.setter=com.example.OwnRocksDB
metric.reporters=org.apache.kafka.common.metrics.JmxReporter
consumer.max.poll.records=500
main.consumer.interceptor.classes=com.example.Audit
consumer.default.api.timeout.ms=60000
producer.buffer.memory=33554432
producer.max.block.ms=60000
producer.linger.ms=20
producer.compression.type=lz4
admin.retries=5
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
    username="alice" password="p\\"w=1";
ssl.truststore.location=/etc/ca.pem
ssl.truststore.type=PEM
ssl.endpoint.identification.algorithm=https
"""


@pytest.fixture
def config():
    return Config.from_mapping(parse_properties(PROPERTIES))


def test_what_has_a_meaning_here_works(config):
    assert isinstance(config.default_key_serde, StringSerde)
    assert isinstance(config.default_value_serde, LongSerde)
    assert config.deserialization_exception_handler is LogAndContinueExceptionHandler
    assert (config.dsl_store_format, config.num_stream_threads) == ("HEADERS", 2)
    assert config.statestore_uncommitted_max_bytes == 1_048_576
    assert config.default_interactive_query_isolation_level == "READ_COMMITTED"
    assert config.producer()["compression.type"] == "lz4"
    assert int(config.producer()["linger.ms"]) == 20


def test_a_login_and_a_pem_file_are_put_in_librdkafkas_way(config):
    for client in (config.producer(), config.consumer("main"), config.admin()):
        assert (client["sasl.username"], client["sasl.password"]) == ("alice", 'p"w=1')
        assert client["ssl.ca.location"] == "/etc/ca.pem"


def test_no_client_is_given_what_librdkafka_does_not_know(config):
    plain = {"security.protocol": "PLAINTEXT", "ssl.ca.location": "", "log_level": 0}
    confluent_kafka.Producer(config.producer() | plain)
    confluent_kafka.Consumer(config.consumer("main") | plain).close()


def test_what_has_no_meaning_is_said_once_each(config, caplog):
    builder = StreamsBuilder()
    builder.stream("in").to("out")
    plain = {name: value for name, value in config.original.items() if not name.startswith(("ssl.", "sasl.", "sec"))}
    KafkaStreams(builder, plain).close()
    said = [record.getMessage().split(" is known")[0] for record in caplog.records if "no effect" in record.message]
    assert sorted(said) == [
        "admin.retries",
        "consumer.default.api.timeout.ms",
        "main.consumer.interceptor.classes",
        "metadata.cluster.check.enable",
        "metric.reporters",
        "producer.buffer.memory",
        "producer.max.block.ms",
        "rocksdb.config.setter",
        "task.assignor.class",
        "upgrade.from",
    ]


def test_what_cannot_be_taken_over_is_said_with_a_remedy():
    config = Config.from_mapping(
        {"ssl.truststore.location": "/etc/trust.jks", "sasl.jaas.config": "x.OAuthBearerLoginModule required;"}
    )
    assert config.without_effect() == {
        "sasl.jaas.config": "use sasl.username and sasl.password",
        "ssl.truststore.location": "use ssl.ca.location (a PEM file)",
    }
    assert "ssl.truststore.location" not in config.producer()


@pytest.mark.parametrize("version", ["2.4", "3.9", "4.3"])
def test_a_version_to_upgrade_from_is_taken(version):
    assert Config.from_mapping({"upgrade.from": version}).upgrade_from == version
