"""Ends transactions that a broker itself has left open for ever, as an operator would: with Kafka's own tool.

A lone broker that comes back from a kill may end a transaction before it knows the leaders of all its partitions. It
then skips the markers of those without one, and no client can close what stays open there: Java's no more than ours.
"""

from __future__ import annotations

import subprocess

from benchmarks.cache import kafka_jars
from benchmarks.cluster import KafkaCluster

TOOL = "org.apache.kafka.tools.TransactionsCommand"


def end_hanging_transactions(cluster: KafkaCluster) -> int:
    """Abort each open transaction that its coordinator knows nothing of; how many there were."""
    ended = 0
    for node in cluster.nodes:
        ended += _end_hanging_transactions(cluster.bootstrap, node.node)
    return ended


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
