"""Where partitions begin and end, and where a time is in them: as brokers say it, or as the records show it.

The embedded broker counts only the first record of its last batch into the end, and finds each time at the beginning.
What it holds is little and in memory, so there the records are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from kstream_cli.broker.embedded import is_embedded
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.clients.records_by_partition import fetch
from kstream_cli.task.partition import Partition

ANSWER_SECONDS = 10.0
_FETCH_RECORDS = 1_000
_WAIT_SECONDS = 0.2


class PartitionOffsets:
    """Asks a cluster for offsets.

    Args:
        consumer: Asks the brokers; what it is assigned stays as it is.
        cluster_id: Tells whether the broker is the embedded one.
        make_reader: Makes a consumer with `enable.partition.eof`, to read where answers are wrong.

    Methods raise BrokerUnavailableError where the brokers do not tell.
    """

    def __init__(self, consumer: Any, cluster_id: str | None, make_reader: Callable[[], Any]) -> None:
        self._consumer = consumer
        self._make_reader = make_reader
        self._is_embedded = is_embedded(cluster_id)

    def spans(self, keys: Iterable[Partition]) -> dict[Partition, tuple[int, int]]:
        """Partition -> its first offset that is there, and the offset that the next record gets."""
        found = {key: self._watermarks(key) for key in keys}
        if not self._is_embedded:
            return found
        filled = {key: max(high - 1, low) for key, (low, high) in found.items() if high > low}
        ends: dict[Partition, int] = {}
        for key, record in self._records(filled):
            ends[key] = int(record.offset()) + 1
        return {key: (low, max(high, ends.get(key, high))) for key, (low, high) in found.items()}

    def at_time(self, keys: Iterable[Partition], time_ms: int) -> dict[Partition, int | None]:
        """Partition -> the offset of its first record with that timestamp or a later one; None where there is none."""
        wanted = list(keys)
        if self._is_embedded:
            return self._searched(wanted, time_ms)
        asked = [TopicPartition(*key, time_ms) for key in wanted]
        try:
            answers = self._consumer.offsets_for_times(asked, ANSWER_SECONDS) if asked else []
        except KafkaException as error:
            raise BrokerUnavailableError(f"offsets by time are not known: {error.args[0].str()}") from error
        return {
            (each.topic, each.partition): None if each.error is not None or each.offset < 0 else each.offset
            for each in answers
        }

    def _watermarks(self, key: Partition) -> tuple[int, int]:
        try:
            low, high = self._consumer.get_watermark_offsets(TopicPartition(*key), ANSWER_SECONDS)
        except KafkaException as error:
            raise BrokerUnavailableError(
                f"the ends of {key[0]}, partition {key[1]}, are not known: {error.args[0].str()}"
            ) from error
        return int(low), int(high)

    def _searched(self, keys: list[Partition], time_ms: int) -> dict[Partition, int | None]:
        found: dict[Partition, int | None] = dict.fromkeys(keys)
        spans = {key: self._watermarks(key) for key in keys}
        for key, record in self._records({key: low for key, (low, high) in spans.items() if high > low}):
            if found[key] is None and record.timestamp()[1] >= time_ms:
                found[key] = record.offset()
        return found

    def _records(self, starts: Mapping[Partition, int]) -> Iterator[tuple[Partition, Any]]:
        """All records from these offsets to the end of each partition."""
        if not starts:
            return
        reader = self._make_reader()
        try:
            reader.assign([TopicPartition(*key, start) for key, start in starts.items()])
            waiting, until = set(starts), time.monotonic() + ANSWER_SECONDS
            while waiting:
                if time.monotonic() > until:
                    raise BrokerUnavailableError("the ends of the topics are not known: the broker does not answer")
                runs, events = fetch(reader, _FETCH_RECORDS, _WAIT_SECONDS)
                for key, run in runs:
                    until = time.monotonic() + ANSWER_SECONDS
                    yield from ((key, record) for record in run)
                waiting -= {(each.topic(), each.partition()) for each in events}
        finally:
            reader.close()
