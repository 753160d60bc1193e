"""What an instance knows of itself, as plain data that it tells over its endpoint."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field

from kstream_cli.runtime.kafka_streams import KafkaStreams
from kstream_cli.runtime.recent_errors import RecentError
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.stuck_threads import StuckThread, stuck_threads
from kstream_cli.topology.topology import Topology

STUCK_SECONDS = 10.0
"""A thread ends a turn several times a second, unless a function of the user's takes that long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceFacts:
    """How an instance is. Times are seconds since 1970."""

    application_id: str
    client_id: str
    kstream: str
    """The version of kstream."""
    topology: str
    """A hash of the topology: instances with another one run other code."""
    state: str
    paused: bool = False
    error: str | None = None
    """What ended the application."""
    time: float = 0.0
    threads: tuple[ThreadProgress, ...] = field(default=())
    stuck: tuple[StuckThread, ...] = ()
    """Threads that have been in the user's code for more than ten seconds, and where."""
    errors: tuple[RecentError, ...] = ()
    """The last errors that ended a thread or the application, the oldest first."""


def instance_facts(streams: KafkaStreams, topology: str) -> InstanceFacts:
    """The facts of an application in this process, whose topology has that hash."""
    client = {name.name: value for name, value in streams.metrics().items() if name.group == "stream-metrics"}
    threads, now = streams.progress(), time.time()
    has_ended = streams.is_paused or not streams.state.is_running_or_rebalancing
    return InstanceFacts(
        application_id=streams.config.application_id,
        client_id=client_id_of(streams),
        kstream=client["version"],
        topology=topology,
        state=streams.state.value,
        paused=streams.is_paused,
        error=None if streams.error is None else str(streams.error),
        time=now,
        threads=threads,
        stuck=() if has_ended else stuck_threads(threads, now, STUCK_SECONDS),
        errors=streams.recent_errors(),
    )


def client_id_of(streams: KafkaStreams) -> str:
    """The name of the instance to Kafka."""
    return next((name.tags["client-id"] for name in streams.metrics() if name.name == "client-state"), "")


def topology_hash(topology: Topology) -> str:
    """Tells topologies apart: the same text of `describe` makes the same hash."""
    return hashlib.sha256(str(topology.describe()).encode()).hexdigest()[:16]
