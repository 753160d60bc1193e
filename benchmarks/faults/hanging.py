"""Ends transactions that a broker itself has left open for ever, as an operator would: with Kafka's own tool.

A broker that ends a transaction while a partition of it has no leader takes that partition for deleted, and skips its
marker (KAFKA-20734, still in 4.3.1). No client can close what stays open there, Java's no more than ours, and the next
transaction of the producer decides over it. It takes a lone broker that comes back: copies are elected at once.
"""

from __future__ import annotations

import subprocess

from benchmarks.cache import kafka_jars
from benchmarks.cluster import KafkaCluster

SKIPPED = "these partitions are likely deleted already"
TOOL = "org.apache.kafka.tools.TransactionsCommand"


def end_hanging_transactions(cluster: KafkaCluster) -> int:
    """Abort each open transaction that its coordinator knows nothing of; how many there were."""
    ended = 0
    for node in cluster.nodes:
        ended += _end_hanging_transactions(cluster.bootstrap, node.node)
    return ended


def skipped_markers(cluster: KafkaCluster) -> int:
    """Of how many transactions brokers say that they skipped markers; none where Kafka's jars come without a logger."""
    logs = (node.directory / "broker.log" for node in cluster.nodes)
    return sum(log.read_text(errors="replace").count(SKIPPED) for log in logs)


def _end_hanging_transactions(bootstrap: str, broker: int) -> int:
    found = _run(bootstrap, "find-hanging", "--broker-id", str(broker), "--max-transaction-timeout", "0")
    ended = 0
    for line in found.splitlines()[1:]:
        columns = line.split()
        if len(columns) >= 6 and columns[1].isdecimal():
            topic, partition, start = columns[0], columns[1], columns[5]
            _run(bootstrap, "abort", "--topic", topic, "--partition", partition, "--start-offset", start)
            ended += 1
    return ended


def _run(bootstrap: str, *arguments: str) -> str:
    command = ["java", "-cp", f"{kafka_jars()}/*", TOOL, "--bootstrap-server", bootstrap, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
