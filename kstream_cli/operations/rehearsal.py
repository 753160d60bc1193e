"""What becomes of an application's input, by running it through the topology again, in memory."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kstream_cli.config import Config
from kstream_cli.described.model import DescribedNode, DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.operations.application_facts import ApplicationFacts, InputFacts, is_at_end
from kstream_cli.operations.dropping_nodes import MAY_DROP
from kstream_cli.operations.silence_cause import EVERYTHING_FILTERED, NULL_KEYS, Silence, cause_of_drop
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.record import NO_HEADERS
from kstream_cli.task.partition import Partition
from kstream_cli.testing.topology_test_driver import TopologyTestDriver
from kstream_cli.topology.topology import Topology

MOST_RECORDS = 10_000
"""More would keep the user waiting."""
_CALLS_OUT = frozenset({None, "process", "process_values", "transform_values", "for_each", "print", "peek"})
"""Operations that call code of which nobody knows what it does besides: it is not to be called again for a look."""


def rehearsed(
    topology: Topology, described: DescribedTopology, config: Config, facts: ApplicationFacts
) -> Silence | None:
    """The cause why nothing came out of all that was read, where running it again in memory proves one.

    Only where it can be told: all input is read and still there, no output was ever written, there is not much of it,
    and nothing on the way calls code that may do more than compute.
    """
    sources = [each for each in facts.inputs if each.is_external]
    if not _can_be_told(topology, described, facts, sources):
        return None
    try:
        records = list(_records(config, sources))
        taken, dropped, is_silent = _run(topology, config, sources, records)
    except (StreamsError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return None  # The user's code fails with it, here; why the application is silent is not known from that.
    return _cause(described, len(records), taken, dropped) if records and is_silent else None


def _can_be_told(
    topology: Topology, described: DescribedTopology, facts: ApplicationFacts, sources: Iterable[InputFacts]
) -> bool:
    nodes = list(described.nodes())
    return (
        is_at_end(facts)
        and bool(facts.outputs)
        and not any(count for _, count in facts.outputs)
        and all(each.start == 0 for each in sources)
        and sum(each.end for each in sources) <= MOST_RECORDS
        and not topology.global_stores
        and all(node.pattern is None and node.extractor is None for node in nodes)
        and all(node.operation not in _CALLS_OUT for node in nodes if node.kind == "processor")
    )


def _records(config: Config, sources: Iterable[InputFacts]) -> Iterator[Any]:
    """The records of the inputs, by time where several partitions have some, as a task takes them."""
    found: dict[Partition, list[Any]] = defaultdict(list)
    ends = {(each.topic, each.partition): each.committed or 0 for each in sources}
    with TopicLog(config, dict.fromkeys(topic for topic, _ in ends), StartPosition("beginning")) as log:
        for record in log.records(until_end=True):
            if record is not None and record.offset() < ends[record.topic(), record.partition()]:
                found[record.topic(), record.partition()].append(record)
    return heapq.merge(*found.values(), key=lambda record: record.timestamp()[1])


def _run(
    topology: Topology, config: Config, sources: Iterable[InputFacts], records: Iterable[Any]
) -> tuple[Mapping[str, int], Mapping[str, int], bool]:
    """Node -> how many records it took; reason -> how many were dropped; and whether nothing came out."""
    partitions: dict[str, int] = defaultdict(int)
    for each in sources:
        partitions[each.topic] = max(partitions[each.topic], each.partition + 1)
    counted = config.merged({"metrics.recording.level": "DEBUG"})
    own = {topology.topic_name(topic, config.application_id) for topic in topology.internal_topics}
    with TopologyTestDriver(topology, counted, partitions=partitions) as driver:
        for record in records:
            headers = tuple(record.headers() or NO_HEADERS)
            timestamp = record.timestamp()[1]
            driver.pipe_raw(record.topic(), record.key(), record.value(), timestamp, headers, record.partition())
        taken: dict[str, int] = defaultdict(int)
        for name, value in driver.metrics().items():
            if name.name == "process-total" and "processor-node-id" in name.tags:
                taken[name.tags["processor-node-id"]] += int(value)
        changelogs = {topic for topic in driver.produced_topics() if topic.endswith("-changelog")}
        return taken, driver.dropped_records, not driver.produced_topics() - own - changelogs


def _cause(
    described: DescribedTopology, records: int, taken: Mapping[str, int], dropped: Mapping[str, int]
) -> Silence | None:
    seen = "(seen by running them through the topology again, in memory)"
    ends = [node for node in described.nodes() if taken.get(node.name) and _ends_here(node, taken)]
    if sum(dropped.values()) >= records:
        reason = max(dropped, key=lambda each: dropped[each])
        cause, remedy = cause_of_drop(reason)
        return Silence(cause, f"Everything is dropped: all {records} records of the input: {reason} {seen}.", remedy)
    if dropped or not ends:
        return None
    if all(node.operation == "drop_null_keys" for node in ends):
        return Silence(
            NULL_KEYS,
            f"No record has a key: the {records} records of the input cannot be written to a repartition topic {seen}.",
            "Give records a key before you group or join them: select_key, or a key in the input.",
        )
    if all(node.operation in MAY_DROP for node in ends):
        where = ", ".join(
            node.name if node.position is None else f"{node.operation} at {node.position}" for node in ends
        )
        return Silence(
            EVERYTHING_FILTERED,
            f"Everything is filtered out: all {records} records of the input, at the latest by {where} {seen}.",
            "Look at what it decides for a record of the input: kstream try --trace with such a record.",
        )
    return None


def _ends_here(node: DescribedNode, taken: Mapping[str, int]) -> bool:
    """Whether none of a node's children has taken a record."""
    return node.kind == "processor" and not any(taken.get(child) for child in node.children)
