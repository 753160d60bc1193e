"""How many of an application's records went to a dead letter topic, by what its records say of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kstream_cli.config import Config
from kstream_cli.operations.application_facts import InputFacts
from kstream_cli.operations.start_position import StartPosition
from kstream_cli.operations.topic_log import TopicLog
from kstream_cli.processor.dead_letter import OFFSET_HEADER, PARTITION_HEADER, TOPIC_HEADER

MOST_READ = 100_000


def dead_lettered(config: Config, topic: str, inputs: Iterable[InputFacts]) -> int:
    """Records of these inputs, each counted once, that are in the first hundred thousand dead letters."""
    known = {(each.topic.encode(), str(each.partition).encode()) for each in inputs}
    failed = set()
    with TopicLog(config, [topic], StartPosition("beginning")) as log:
        for number, record in enumerate(log.records(until_end=True)):
            origin = None if record is None else _origin(record)
            if origin is not None and origin[:2] in known:
                failed.add(origin)
            if number >= MOST_READ:
                break
    return len(failed)


def _origin(record: Any) -> tuple[bytes | None, bytes | None, bytes | None]:
    headers = dict(record.headers() or ())
    return headers.get(TOPIC_HEADER), headers.get(PARTITION_HEADER), headers.get(OFFSET_HEADER)
