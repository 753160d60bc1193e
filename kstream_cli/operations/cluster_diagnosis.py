"""Looks at a cluster: whether an application finds there what it needs. Nothing is written."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import OffsetSpec

from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError, ConfigError, StreamsError
from kstream_cli.operations.diagnosis import Diagnosis, ok, problem, warning
from kstream_cli.operations.topic_plan import PlannedTopic, planned_topics
from kstream_cli.protocol.connection import Connection
from kstream_cli.protocol.coordinator import address
from kstream_cli.protocol.security import security_of
from kstream_cli.runtime.clients.client_supplier import ClientSupplier, DefaultClientSupplier
from kstream_cli.runtime.cluster.topics import ClusterTopics
from kstream_cli.topology.topology import Topology

ANSWER_SECONDS = 8.0
SKEW_SECONDS = 60.0
"""Clocks that differ by less do no harm: windows and grace periods are longer."""
_GROUP_TOPIC = "__consumer_offsets"
"""Its records have the time of the broker's own clock."""
_NEWEST: Any = OffsetSpec.max_timestamp()  # type: ignore[no-untyped-call]
_INIT_PRODUCER_ID, _ADD_OFFSETS_TO_TXN, _CONSUMER_HEARTBEAT, _STREAMS_HEARTBEAT = 22, 25, 68, 88
_NEEDED = {
    "source": ("READ",),
    "sink": ("WRITE",),
    "dead letter": ("WRITE",),
    "repartition": ("READ", "WRITE"),
    "changelog": ("READ", "WRITE"),
}


def cluster_diagnosis(
    config: Config, topology: Topology | None, clients: ClientSupplier | None = None
) -> Iterator[Diagnosis]:
    """All that the brokers tell. Takes ten seconds where nobody answers."""
    admin = (clients or DefaultClientSupplier()).admin(config.admin())
    cluster = ClusterTopics(admin, config.bootstrap_servers)
    try:
        cluster.refresh()
    except StreamsError as error:
        first, _, remedy = str(error).partition("\n")
        yield problem("cluster", first, remedy or "Start it, or name another one with --bootstrap-servers.")
        return
    yield ok("cluster", f"{config.bootstrap_servers} answers, with {len(cluster.partitions):,} topics")
    yield from _features(config)
    planned: tuple[PlannedTopic, ...] = ()
    if topology is not None:
        try:
            planned = planned_topics(topology, config, clients)
        except StreamsError as error:
            yield problem("topics", str(error).splitlines()[0], "See kstream topics check.")
        else:
            yield topics(planned)
            yield from _permissions(admin, planned)
    there = {topic.name: topic.partitions for topic in planned if topic.role == "source" and topic.partitions}
    yield from _clocks(admin, there, cluster.partitions)


def _features(config: Config) -> Iterator[Diagnosis]:
    settings = config.admin()
    try:
        host, port = address(config.bootstrap_servers.split(",")[0])
        connection = Connection(host, port, security_of(settings), client_id="kstream-doctor", seconds=ANSWER_SECONDS)
    except (BrokerUnavailableError, ConfigError) as error:
        yield warning("broker features", f"not known: {str(error).splitlines()[0]}", "The Kafka client may do without.")
        return
    try:
        yield from features(connection.versions, config)
    finally:
        connection.close()


def features(versions: Mapping[int, tuple[int, int]], config: Config) -> Iterator[Diagnosis]:
    """What requests the broker knows, by their numbers, and what the configuration needs of them."""
    if _INIT_PRODUCER_ID in versions and _ADD_OFFSETS_TO_TXN in versions:
        yield ok("transactions", "the broker has them")
    elif config.exactly_once:
        yield problem(
            "transactions",
            "the broker has none, and processing.guarantee is exactly_once_v2",
            "Use Apache Kafka 2.5 or newer, or set processing.guarantee=at_least_once.",
        )
    else:
        yield warning("transactions", "the broker has none", "exactly_once_v2 needs Apache Kafka 2.5 or newer.")
    yield _protocol("consumer group protocol (KIP-848)", _CONSUMER_HEARTBEAT in versions, "4.0")
    has_streams = _STREAMS_HEARTBEAT in versions
    if not has_streams and config.group_protocol == "streams":
        yield problem(
            "streams group protocol (KIP-1071)",
            "the broker does not have it, and group.protocol is streams",
            "Use Apache Kafka 4.2 or newer, or set group.protocol=classic.",
        )
    else:
        yield _protocol("streams group protocol (KIP-1071)", has_streams, "4.2")


def _protocol(check: str, has: bool, since: str) -> Diagnosis:
    return ok(check, "the broker has it" if has else f"the broker does not have it (Apache Kafka {since} does)")


def topics(planned: Collection[PlannedTopic]) -> Diagnosis:
    """Whether the topics of the application are there, and as they should be."""
    wrong = [f"{topic.name}: {', '.join(topic.problems)}" for topic in planned if topic.problems]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return problem("topics", "; ".join(wrong[:3]) + more, "kstream topics check shows all, create makes them.")
    return ok("topics", f"all {len(planned)} are as they should be, or are made at the first start")


def _permissions(admin: Any, planned: Collection[PlannedTopic]) -> Iterator[Diagnosis]:
    there = [topic for topic in planned if topic.partitions is not None]
    if not there:
        return
    asked = admin.describe_topics(
        TopicCollection([topic.name for topic in there]),
        include_authorized_operations=True,
        request_timeout=ANSWER_SECONDS,
    )
    allowed: dict[str, Collection[Any] | None] = {}
    for name, future in asked.items():
        try:
            allowed[name] = future.result().authorized_operations
        except KafkaException as error:
            yield problem("permissions", f"{name}: {error.args[0].str()}", "Allow DESCRIBE on the topic.")
            return
    yield permissions(there, allowed)


def permissions(there: Collection[PlannedTopic], allowed: Mapping[str, Collection[Any] | None]) -> Diagnosis:
    """Whether these credentials may do with each topic what the application does."""
    if not any(allowed.values()):
        return ok("permissions", "the broker shows none: it has no access control, or does not say so")
    lacking = []
    for topic in there:
        may = {each.name for each in allowed.get(topic.name) or ()}
        missing = [operation for operation in _NEEDED.get(topic.role, ()) if operation not in may]
        lacking += [f"{' and '.join(missing)} on {topic.name}"] if missing else []
    if lacking:
        return problem(
            "permissions",
            f"these credentials lack {'; '.join(lacking[:5])}",
            "Give them to the application's principal: kafka-acls --add --operation … --topic …",
        )
    return ok("permissions", f"these credentials may use all {len(there)} topics that are there")


def _clocks(admin: Any, sources: Mapping[str, int | None], known: Mapping[str, int]) -> Iterator[Diagnosis]:
    now = time.time()
    if _GROUP_TOPIC in known:
        newest = _newest(admin, {_GROUP_TOPIC: known[_GROUP_TOPIC]})
        yield clock(newest, now)
    else:
        yield ok("clock", "the broker shows no time: no group has committed yet")
    if sources:
        yield input_times(_newest(admin, sources), now)


def clock(newest_ms: int | None, now: float) -> Diagnosis:
    """Whether the broker's clock is ahead of ours, by the newest time that it has written itself."""
    if newest_ms is None:
        return ok("clock", "these credentials may not see a time of the broker's")
    ahead = newest_ms / 1000 - now
    if ahead > SKEW_SECONDS:
        return problem(
            "clock",
            f"the broker's clock is at least {ahead:.0f} s ahead of this machine's",
            "Set both by the network (NTP): wall-clock punctuations and offsets by time go by them.",
        )
    return ok("clock", f"the broker's is not ahead of this machine's; its last commit was {max(-ahead, 0):.0f} s ago")


def input_times(newest_ms: int | None, now: float) -> Diagnosis:
    """Whether records of the input are stamped with a time to come: stream time would run ahead with them."""
    if newest_ms is None or newest_ms / 1000 - now <= SKEW_SECONDS:
        return ok("input times", "no record of the input is of the future")
    return warning(
        "input times",
        f"a record of the input is {newest_ms / 1000 - now:,.0f} s in the future: stream time runs ahead with it, and "
        "records after it come too late for their windows",
        "Check the producer of these records; a timestamp extractor can correct them.",
    )


def _newest(admin: Any, topics: Mapping[str, int | None]) -> int | None:
    """The newest timestamp (ms) in topics; None where there is none, or it may not be seen."""
    wanted = {TopicPartition(topic, number): _NEWEST for topic, count in topics.items() for number in range(count or 0)}
    times = []
    for future in admin.list_offsets(wanted, request_timeout=ANSWER_SECONDS).values() if wanted else ():
        try:
            times.append(int(future.result().timestamp))
        except KafkaException:
            continue
    return max((each for each in times if each >= 0), default=None)
