"""The samples of `kstream run --embedded`: fed to the broker's topics, and what comes of them shown as it arrives."""

from __future__ import annotations

import threading
import time

from rich.text import Text

from kstream_cli.broker.samples import Sample, module_samples
from kstream_cli.commands.loading.module_loader import TopologyModule
from kstream_cli.commands.output.record_text import text_of
from kstream_cli.commands.running.live_view import RunView
from kstream_cli.config import Config
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.printable import printable
from kstream_cli.runtime.clients.record_feed import RecordFeed
from kstream_cli.runtime.cluster.topic_setup import dead_letter_topics, global_topics, sink_topics, source_topics
from kstream_cli.testing.topology_test_driver import TopologyTestDriver
from kstream_cli.topology.topology import Topology

READ_SECONDS = 0.2


class SampleRun:
    """Knows the topics that the samples touch; `topics` are all that must exist."""

    def __init__(self, samples: list[Sample], topology: Topology, config: Config) -> None:
        self._samples = samples
        self._types = TopicTypes(topology, config)
        self._config = config
        self._outputs = _outputs(samples, self._types, topology, config)
        read = [*source_topics(topology), *global_topics(topology)]
        self.topics = list(dict.fromkeys([*read, *self._outputs, *dead_letter_topics(config)]))
        self._latest: dict[str, dict[str, object]] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, module: TopologyModule, topology: Topology, config: Config) -> SampleRun:
        return cls(module_samples(module.samples or {}), topology, config)

    def feed(self) -> None:
        """Write all samples to their topics."""
        feed = RecordFeed(self._config)
        for sample in self._samples:
            key, value = self._types.encoded_input(sample)
            feed.send(self._types.known(sample.topic), key, value, sample.timestamp, sample.headers)
        feed.flush()

    def show(self, view: RunView, *, from_now: bool = False) -> None:
        """Show every record that arrives in the sink topics, until `close`; `from_now`: leave out those in them."""
        log = TopicLog(self._config, self._outputs, StartPosition("end" if from_now else "beginning"))
        self._thread = threading.Thread(target=self._read, args=(log, view), name="results", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show what has arrived until now, and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def summary(self) -> list[Text]:
        """The latest value of every key, in the order of the alphabet: what a table made of each topic would hold."""
        lines: list[Text] = []
        for topic, latest in self._latest.items():
            width = max(map(len, latest))
            lines.append(Text(f"{topic}, latest value of each key", "title"))
            lines += [Text(f"  {key:<{width}}  {text_of(latest[key])}") for key in sorted(latest)]
        return lines

    def _read(self, log: TopicLog, view: RunView) -> None:
        last = False
        with log:
            for record in log.records(wait_seconds=READ_SECONDS):
                if record is None:
                    if last:
                        return
                    # Once told to stop, one more look: the last commit may just have written its results.
                    last = self._stopping.is_set()
                    continue
                key, value = self._types.of(record.topic()).decoded(
                    record.key(), record.value(), record.headers() or ()
                )
                view.line(_line(record.topic(), key, value))
                if key is not None:
                    self._latest.setdefault(record.topic(), {})[text_of(key)] = value


def _outputs(samples: list[Sample], types: TopicTypes, topology: Topology, config: Config) -> list[str]:
    """Sink topics, those chosen per record found out by trying the samples without a broker."""
    topics = sink_topics(topology)
    if any(getattr(node, "extractor", None) is not None for node in topology.nodes.values()):
        start = int(time.time() * 1000)
        with TopologyTestDriver(topology, config, start_ms=start) as driver:
            for sample in samples:
                stamp = start if sample.timestamp is None else sample.timestamp
                driver.pipe_raw(sample.topic, *types.encoded_input(sample), stamp, sample.headers)
            own = f"{config.application_id}-"
            topics += [topic for topic in driver.produced_topics() if not topic.startswith(own)]
    return list(dict.fromkeys(topics))


def _line(topic: str, key: object, value: object) -> Text:
    pair = text_of(value) if key is None else f"{text_of(key)}: {text_of(value)}"
    return Text.assemble((printable(topic), "topic"), f" -> {pair}")
