"""How much consumers fetch ahead: what is fetched and not processed yet is the largest part of an instance's memory.

librdkafka counts for each queue, of which a native consumer has one a partition. So the partitions that an instance may
come to read share what it would keep of one. Where the group has other instances, its own partitions are fewer, and so
is what it keeps. What the user has set counts before all this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kstream_cli.config import Config
from kstream_cli.config.clients import CONSUMER_DEFAULTS
from kstream_cli.runtime.cluster.assignment import Placement
from kstream_cli.topology.topology import Topology

MESSAGES, KILOBYTES = "queued.min.messages", "queued.max.messages.kbytes"
ALONE: Mapping[str, int] = {MESSAGES: CONSUMER_DEFAULTS[MESSAGES], KILOBYTES: 65_536}
"""Of the only partition."""
LEAST: Mapping[str, int] = {MESSAGES: 1_000, KILOBYTES: 1_024}
"""A batch, and what one request brings of a partition anyway."""
ONE_OF_SEVERAL_INPUTS: Mapping[str, int] = {MESSAGES: 50_000, KILOBYTES: 16_384}
"""Less where a task must wait for the slower of its inputs, as the faster one is paused again and again."""
RESTORE: Mapping[str, int] = {"fetch.wait.max.ms": 20}
"""The end of a changelog is only known once the broker has answered that there is nothing more."""


def main_consumer_settings(config: Config, placement: Placement) -> dict[str, Any]:
    """Of a stream thread's consumer."""
    inputs = placement.inputs.values()
    threads = max(config.num_stream_threads, 1)
    share = _share(sum(sum(topics.values()) for topics in inputs), threads)
    if any(len(topics) > 1 for topics in inputs):
        share = {name: min(value, ONE_OF_SEVERAL_INPUTS[name]) for name, value in share.items()}
    return config.consumer("main", share)


def restore_consumer_settings(
    config: Config, placement: Placement, topology: Topology, *, threads: int = 1
) -> dict[str, Any]:
    """Of a consumer of changelogs: one of so many threads that restore, or the one that keeps the standby copies."""
    tasks = placement.task_counts()
    changelogs = sum(
        tasks[number] * sum(topology.stores[store].logging for store in subtopology.stores)
        for number, subtopology in topology.subtopologies().items()
        if number in tasks
    )
    return config.consumer("restore", {**_share(changelogs, threads), **RESTORE})


def global_consumer_settings(config: Config, partitions: int) -> dict[str, Any]:
    """Of the consumer that reads the global stores' topics, which have so many partitions."""
    return config.consumer("global", _share(partitions, 1))


def _share(partitions: int, threads: int) -> dict[str, int]:
    """What each queue keeps, where so many threads share the partitions."""
    queues = threads * max(-(-partitions // threads), 1)
    return {name: max(value // queues, LEAST[name]) for name, value in ALONE.items()}


__all__ = ["global_consumer_settings", "main_consumer_settings", "restore_consumer_settings"]
