"""Runs dead letters through the topology of today, without a broker."""

from __future__ import annotations

from types import TracebackType

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.operations.dead_letter import DeadLetter, text_in
from kstream_cli.processor.dead_letter import EXCEPTION_HEADER, MESSAGE_HEADER
from kstream_cli.testing.topology_test_driver import TopologyTestDriver
from kstream_cli.topology.topology import Topology


class LetterTrial:
    """A test driver for letters, one after the other. Stores are empty at first, and keep what letters make of them."""

    def __init__(self, topology: Topology, config: Config, queue: str) -> None:
        self._topology = topology
        self._config = config.merged({"errors.dead.letter.queue.topic.name": queue})
        self._queue = queue
        self._driver = TopologyTestDriver(topology, self._config)

    def failure_of(self, letter: DeadLetter) -> str | None:
        """Why a letter fails again: it raises, or becomes a dead letter once more. None where it is processed."""
        if letter.topic is None:
            return "it came from no topic"
        before = len(self._driver.produced)
        try:
            self._driver.pipe_raw(letter.topic, letter.key, letter.value, letter.id.timestamp, letter.replay_headers)
        except StreamsError as error:
            # A task that has failed takes nothing more.
            self._driver.close()
            self._driver = TopologyTestDriver(self._topology, self._config)
            return str(error)
        for record in self._driver.produced[before:]:
            if record.topic == self._queue:
                headers = dict(record.headers)
                said = (text_in(headers.get(EXCEPTION_HEADER)), text_in(headers.get(MESSAGE_HEADER)))
                return ": ".join(filter(None, said))
        return None

    def __enter__(self) -> LetterTrial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._driver.close()
