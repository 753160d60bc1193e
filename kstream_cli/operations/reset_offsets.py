"""Where an application is to go on reading after a reset, as Java's application reset tool names the places."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from kstream_cli.errors import ConfigError
from kstream_cli.operations.partition_offsets import PartitionOffsets
from kstream_cli.task.partition import Partition

Kind: TypeAlias = Literal["earliest", "latest", "offset", "time", "shift", "file"]


@dataclass(frozen=True, slots=True)
class ResetPlace:
    """A place in each partition of the input topics.

    Offsets that a partition does not have are moved to its nearest end, as in Java.
    """

    kind: Kind = "earliest"
    number: int = 0
    """The offset, milliseconds since 1970, or how far to shift."""
    offsets: Mapping[Partition, int] = field(default_factory=dict)
    """What a file says; partitions that it leaves out stay where they are."""

    @classmethod
    def before_now(cls, duration_ms: int) -> ResetPlace:
        """The time that was `duration_ms` ago."""
        return cls("time", int(time.time() * 1000) - duration_ms)

    @classmethod
    def of_file(cls, file: Path) -> ResetPlace:
        """Read lines of `topic,partition,offset`. Raises ConfigError that names file and line."""
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                return cls("file", offsets=dict(_offsets(lines, file)))
        except UnicodeDecodeError as error:
            raise ConfigError(f"{file} is no text in UTF-8") from error
        except OSError as error:
            raise ConfigError(f"{file} cannot be read: {error.strerror}") from error

    def offsets_of(
        self, offsets: PartitionOffsets, partitions: Iterable[Partition], committed: Mapping[Partition, int]
    ) -> dict[Partition, int]:
        """The offset of each partition from which the application is to read.

        Raises BrokerUnavailableError where the cluster does not tell, and ConfigError for a partition of a file that
        is none of `partitions`.
        """
        keys = list(partitions)
        if self.kind == "file":
            if unknown := sorted(self.offsets.keys() - set(keys)):
                topic, number = unknown[0]
                raise ConfigError(f"the file names {topic}, partition {number}, which is no input of the application")
            keys = [key for key in keys if key in self.offsets]
        ends = offsets.spans(keys)
        times = offsets.at_time(keys, self.number) if self.kind == "time" else {}
        found = {}
        for key, (low, high) in ends.items():
            match self.kind:
                case "earliest":
                    wanted = low
                case "latest":
                    wanted = high
                case "offset":
                    wanted = self.number
                case "time":
                    at = times.get(key)
                    wanted = high if at is None else at
                case "shift":
                    wanted = committed.get(key, low) + self.number
                case "file":
                    wanted = self.offsets[key]
            found[key] = min(max(low, wanted), high)
        return found


def _offsets(lines: Iterable[str], file: Path) -> Iterable[tuple[Partition, int]]:
    for number, row in enumerate(csv.reader(lines), start=1):
        if not row:
            continue
        fields = [text.strip() for text in row]
        if len(fields) != 3 or not (fields[0] and fields[1].isdecimal() and fields[2].isdecimal()):
            raise ConfigError(f"{file}, line {number}: a line is topic,partition,offset: not {','.join(row)[:80]}")
        yield (fields[0], int(fields[1])), int(fields[2])
