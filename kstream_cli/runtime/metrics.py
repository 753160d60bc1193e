"""The metrics of one instance: the client's own, and those of all that its threads have."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kstream_cli.config import Config
from kstream_cli.processor.metrics import MetricName
from kstream_cli.runtime.threads.progress import ThreadProgress
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.threads.stream_thread import StreamThread
from kstream_cli.runtime.threads.thread_metrics import task_gauges
from kstream_cli.topology.topology import Topology

CLIENT_GROUP = "stream-metrics"


class InstanceMetrics:
    """Reads them all. Any thread may ask; nothing waits."""

    def __init__(
        self,
        config: Config,
        topology: Topology,
        state: Callable[[], State],
        threads: Callable[[], Sequence[StreamThread]],
        progress: Callable[[], Sequence[ThreadProgress]],
    ) -> None:
        self.client_id = config.client_id or config.application_id
        """As the Kafka clients have it; known once the application has started."""
        self.failed_threads = 0
        self._config = config
        self._description = str(topology.describe())
        self._state = state
        self._threads = threads
        self._progress = progress

    def values(self) -> dict[MetricName, Any]:
        found = self._client()
        for thread in self._threads():
            found.update(thread.metrics.values())
        now = time.time()
        for each in self._progress():
            found.update(task_gauges(each, now))
        return found

    def _client(self) -> dict[MetricName, Any]:
        state = self._state()
        alive = sum(thread.state.is_alive for thread in self._threads())
        client = {
            "version": (_version(), "The version of kstream"),
            "application-id": (self._config.application_id, "The application's id"),
            "topology-description": (self._description, "The topology that runs"),
            "state": (state.value, "The state of the instance"),
            "client-state": (list(State).index(state), "The state of the instance, as a number"),
            "recording-level": (self._config.metrics_recording_level, "Which metrics are recorded"),
            "alive-stream-threads": (alive, "The number of stream threads that are running or rebalancing"),
            "failed-stream-threads": (self.failed_threads, "The number of stream threads that ended with an error"),
        }
        tags = {"client-id": self.client_id}
        return {MetricName(name, CLIENT_GROUP, tags, text): value for name, (value, text) in client.items()}


def _version() -> str:
    try:
        return version("kstream-cli")
    except PackageNotFoundError:  # Run from a folder that was not installed.
        return "unknown"
