"""The origin of a result, in a header: by it, who reads a topic that gets records at least once can drop doubles."""

from __future__ import annotations

from collections.abc import Iterable

from kstream_cli.clusters import name_of
from kstream_cli.errors import TopologyError
from kstream_cli.record import Headers
from kstream_cli.task.partition import Partition
from kstream_cli.task.record_producer import Send
from kstream_cli.task.task_context import TaskContext

ORIGIN_HEADER = "kstream.origin"


class Origin:
    """Numbers the results of each record that a task reads.

    The header says `topic/partition/offset/index`, as in `east:orders/3/1042/0`: the record that is processed, and
    which of its results this one is. A record that is processed again gives the same results the same header. What
    comes of no record, as from a punctuation, has none.
    """

    def __init__(self, task: TaskContext, inputs: Iterable[Partition]) -> None:
        self._task = task
        self._topics: dict[str, str] = {}
        self._record: tuple[str | None, int | None, int | None] = (None, None, None)
        self._index = 0
        for topic, _ in inputs:
            if self._topics.setdefault(name_of(topic), topic) != topic:
                raise TopologyError(
                    f"foreign.sinks.origin.headers cannot tell records of {topic} from those of "
                    f"{self._topics[name_of(topic)]}: one task reads both. Read them in streams that do not meet"
                )

    def told_by(self, send: Send) -> Send:
        """A sender that adds the header."""

        def send_with_origin(
            value: object, key: object, partition: int, timestamp: int | None, headers: Headers
        ) -> None:
            header = self._header()
            send(value, key, partition, timestamp, headers if header is None else (*headers, header))
            self._index += 1  # Only now: one that was not taken is sent again.

        return send_with_origin

    def _header(self) -> tuple[str, bytes] | None:
        current = self._task.current
        if current is None:
            return None
        record = current.topic(), current.partition(), current.offset()
        if record != self._record:
            self._record = record
            self._index = 0
        topic = self._topics.get(record[0] or "", record[0])
        return ORIGIN_HEADER, f"{topic}/{record[1]}/{record[2]}/{self._index}".encode()
