"""The page of metrics that `kstream run --metrics-port` serves for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kstream_cli.commands.output.standard_streams import say
from kstream_cli.runtime.kafka_streams import KafkaStreams


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """Where the page is served; a port of 0 takes a free one."""

    port: int
    host: str

    def of_instance(self, number: int) -> MetricsPage:
        """That of one of several instances side by side, counted from 1: each has a port of its own."""
        return replace(self, port=self.port + number - 1) if self.port else self

    @property
    def arguments(self) -> list[str]:
        """The options of `kstream run` that ask for it."""
        return ["--metrics-port", str(self.port), "--metrics-host", self.host]


def check_metrics_pages(page: MetricsPage | None, processes: int) -> None:
    """Raise ConfigError if the pages of so many instances could not be served: before anything is made or deleted."""
    if page is not None:
        from kstream_cli.runtime.prometheus import check_metrics_page

        for number in range(1, processes + 1):
            each = page.of_instance(number)
            check_metrics_page(each.host, each.port)


@contextmanager
def served(page: MetricsPage | None, streams: KafkaStreams) -> Iterator[None]:
    """Serve the metrics of an application while the block runs, if that was asked for."""
    if page is None:
        yield
        return
    from kstream_cli.runtime.prometheus import MetricsServer

    with MetricsServer(streams.metrics, port=page.port, host=page.host) as server:
        say(f"metrics at http://{server.host}:{server.port}/metrics")
        yield
