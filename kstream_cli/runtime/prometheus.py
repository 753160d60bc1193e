"""Metrics as Prometheus reads them: an HTTP page made of the mapping that `metrics()` gives. The extra `metrics`."""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import TracebackType
from typing import Any

from kstream_cli.errors import ConfigError
from kstream_cli.processor.metrics import MetricName
from kstream_cli.runtime.metrics_page_server import PageServer

Read = Callable[[], Mapping[MetricName, Any]]

PREFIX = "kafka_streams"
UNHELPFUL = frozenset({"topology-description"})
"""Texts too long for a label."""


class MetricsServer:
    """Serves the metrics that `read` returns at http://host:port/metrics, in its own thread. A context manager.

    Port 0 takes a free port; the attribute `port` is the port taken. Raises ConfigError without the extra `metrics`.

    Example::

        with KafkaStreams(builder, config) as streams, MetricsServer(streams.metrics, port=8000):
            streams.start()
            streams.wait()
    """

    def __init__(self, read: Read, *, port: int, host: str = "127.0.0.1") -> None:
        client = _client()
        registry = client.CollectorRegistry()
        registry.register(MetricsCollector(read))
        try:
            self._server = PageServer((host, port), client.make_wsgi_app(registry))
        except (OSError, OverflowError, UnicodeError) as error:
            raise _not_served(host, port, error) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()
        self.host = host
        self.port: int = self._server.server_port

    def close(self) -> None:
        """Stop serving. May be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> MetricsServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def check_metrics_page(host: str, port: int) -> None:
    """Raise ConfigError where a page could not be served there: its package is missing, or the port is taken."""
    _client()
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise _not_served(host, port, error) from error


def _not_served(host: str, port: int, error: Exception) -> ConfigError:
    return ConfigError(
        f"metrics cannot be served at {host}:{port}: {error}. Choose another port with --metrics-port "
        "(0 takes a free one), or another address with --metrics-host"
    )


class MetricsCollector:
    """kstream's metrics for your own Prometheus registry: `REGISTRY.register(MetricsCollector(streams.metrics))`."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._families = _client().core

    def describe(self) -> Iterable[Any]:
        """Nothing: metrics are known only when the application runs."""
        return ()

    def collect(self) -> Iterator[Any]:
        """A metric family for each name and group, with a sample for each set of tags."""
        families: dict[str, list[tuple[MetricName, float, dict[str, str]]]] = {}
        for name, value in self._read().items():
            sample = _sample(name, value)
            if sample is not None:
                families.setdefault(prometheus_name(name), []).append((name, *sample))
        for family, samples in families.items():
            labels = list(dict.fromkeys(label for _, _, tags in samples for label in tags))
            kind = "CounterMetricFamily" if family.endswith("_total") else "GaugeMetricFamily"
            made = getattr(self._families, kind)(family, samples[0][0].description or family, labels=labels)
            for _, value, tags in samples:
                made.add_metric([tags.get(label, "") for label in labels], value)
            yield made


def exposition(read: Read) -> Callable[[], bytes]:
    """Makes the text that Prometheus reads; raises ConfigError where its package is missing."""
    client = _client()
    registry = client.CollectorRegistry()
    registry.register(MetricsCollector(read))
    return lambda: client.generate_latest(registry)


def _client() -> Any:
    try:
        import_module("prometheus_client.core")
        return import_module("prometheus_client")
    except ImportError as error:
        raise ConfigError(
            "metrics for Prometheus need a package that is not installed: pip install 'kstream-cli[metrics]'"
        ) from error


def prometheus_name(name: MetricName) -> str:
    """`kafka_streams_<group>_<name>`, the group without `stream-` and `-metrics`."""
    group = name.group.removeprefix("stream").removesuffix("metrics").strip("-")
    return "_".join(part.replace("-", "_") for part in (PREFIX, group, name.name) if part)


def _sample(name: MetricName, value: Any) -> tuple[float, dict[str, str]] | None:
    """A metric's value and labels; a text becomes a label of a gauge that is 1."""
    tags: dict[str, str] = {}
    for tag, text in name.tags.items():
        if tag.endswith("-state-id"):
            # Kafka Streams puts the kind of store into the tag's name; here it is a label of its own.
            tags |= {"store": text, "store_type": tag.removesuffix("-state-id")}
        else:
            tags[tag.replace("-", "_")] = text
    if isinstance(value, str):
        return None if name.name in UNHELPFUL else (1.0, {**tags, "value": value})
    if value is None:
        return math.nan, tags
    return float(value), tags
