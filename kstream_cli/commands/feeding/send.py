"""Sends records to a cluster: from arguments, from lines of text, or a module's samples."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Any

from kstream_cli.broker.samples import Sample, module_samples
from kstream_cli.commands.feeding.typed_topics import TypedTopics
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.standard_streams import records as standard_input
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.errors import ConfigError, StreamsError
from kstream_cli.operations.pace import Pace
from kstream_cli.operations.record_lines import LineFormat, records_of
from kstream_cli.runtime.clients.record_feed import RecordFeed
from kstream_cli.runtime.cluster.topic_setup import TopicSetup


class Sending(TypedTopics):
    """A cluster, and what its topics take."""

    def run(
        self,
        topic: str | None,
        arguments: Iterable[str] | None,
        *,
        input: str | None,
        format: LineFormat,
        separator: str,
        rate: float | None,
    ) -> None:
        """Send all records, and say how many. Nothing is sent of what follows a record that does not fit."""
        is_text = format is not LineFormat.ndjson or bool(arguments)
        if input is None:
            found: Iterator[Sample] = iter(self._samples())
        elif arguments:
            found = records_of(
                (text.encode() for text in arguments),
                LineFormat.text,
                source="argument",
                topic=self._topic(topic),
                separator=separator,
            )
        else:
            found = _from(input, format, self._topic(topic, needed=format is not LineFormat.ndjson), separator)
        sent = self._send(found, is_text=is_text and input is not None, rate=rate)
        say(f"sent {sum(sent.values())} record{'s' * (sum(sent.values()) != 1)}" + _listed(sent))

    def _send(self, found: Iterator[Sample], *, is_text: bool, rate: float | None) -> dict[str, int]:
        setup = TopicSetup(self.target.config)
        feed, sent = RecordFeed(self.target.config), dict[str, int]()
        pace = Pace(rate)
        types = {}
        with _progress() as progress:
            try:
                for sample in found:
                    if sample.topic not in types:
                        setup.require([sample.topic])
                        types[sample.topic] = self.types.of(sample.topic)
                    key, value = _encoded(types[sample.topic], sample, is_text)
                    pace.wait()
                    feed.send(sample.topic, key, value, sample.timestamp, sample.headers)
                    sent[sample.topic] = sent.get(sample.topic, 0) + 1
                    if progress is not None:
                        progress.update(f"{sum(sent.values())} records sent")
            finally:
                feed.flush()
        return sent

    def _samples(self) -> list[Sample]:
        module = self.target.module
        if module is None or not module.samples:
            raise StreamsError("there are no samples to send: the module has none, or no module is named")
        return module_samples(module.samples)

    def _topic(self, given: str | None, *, needed: bool = True) -> str | None:
        if given is not None:
            return given
        inputs = self.types.inputs
        if len(inputs) == 1:
            return inputs[0]
        if not needed:
            return None
        raise ConfigError(
            f"name the topic: the topology reads {', '.join(inputs)}" if inputs else "name the topic to send to"
        )


def _from(input: str, format: LineFormat, topic: str | None, separator: str) -> Iterator[Sample]:
    if input == "-":
        if sys.stdin is not None and sys.stdin.isatty():
            say("reading records from the terminal, one a line; Ctrl-D ends them")
        yield from records_of(
            standard_input().buffer, format, source="standard input", topic=topic, separator=separator
        )
        return
    try:
        with open(start_folder() / input, "rb") as lines:
            yield from records_of(lines, format, source=input, topic=topic, separator=separator)
    except OSError as error:
        raise StreamsError(f"{input} cannot be read: {error.strerror}") from error


def _encoded(type: Any, sample: Sample, is_text: bool) -> tuple[bytes | None, bytes | None]:
    try:
        encoded: tuple[bytes | None, bytes | None] = type.encoded(sample.key, sample.value, is_text=is_text)
        return encoded
    except StreamsError as error:
        if not sample.where:
            raise
        raise error.__class__(f"{sample.where}: {error}") from error


def _progress() -> Any:
    """A line on a terminal that says how far it is."""
    errors = console(error=True)
    return errors.status("0 records sent") if errors.is_terminal else nullcontext()


def _listed(sent: dict[str, int]) -> str:
    return "" if not sent else ": " + ", ".join(f"{count} to {topic}" for topic, count in sent.items())
