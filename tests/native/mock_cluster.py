"""A Kafka cluster inside this process: librdkafka's mock, made through its public C API."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

from kstream_cli.runtime.clients.native_clients import _librdkafka

PRODUCER = 0


@contextmanager
def mock_cluster(topic: str, partitions: int = 1) -> Iterator[str]:
    """The bootstrap servers of a cluster of one broker that has this topic."""
    library = ctypes.CDLL(_librdkafka())
    for name in ("conf_new", "new", "mock_cluster_new"):
        getattr(library, f"rd_kafka_{name}").restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    said = ctypes.create_string_buffer(512)
    conf = ctypes.c_void_p(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(conf, b"log_level", b"0", said, len(said))
    client = ctypes.c_void_p(library.rd_kafka_new(PRODUCER, conf, said, len(said)))
    assert client, said.value
    cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(client, 1))
    try:
        assert not library.rd_kafka_mock_topic_create(cluster, topic.encode(), partitions, 1)
        yield library.rd_kafka_mock_cluster_bootstraps(cluster).decode()
    finally:
        library.rd_kafka_mock_cluster_destroy(cluster)
        library.rd_kafka_destroy(client)
