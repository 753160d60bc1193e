"""The topology that a cluster knows of a streams group, in Python or Java."""

from __future__ import annotations

from kstream_cli.config import Config
from kstream_cli.described.group import from_group, has_description
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.runtime.streams_group.description import described_group

ANSWER_SECONDS = 8.0


def topology_of_group(config: Config, group: str) -> tuple[DescribedTopology, bool]:
    """The topology of a streams group, and whether the broker has all of it, and not only its topics.

    Raises StreamsError where there is no such group, TopologyError where the cluster does not know its topology.
    """
    found = described_group(config, group, seconds=ANSWER_SECONDS, with_description=True)
    if found is None:
        raise StreamsError(
            f"there is no streams group {group!r} on {config.bootstrap_servers}: only applications with "
            "group.protocol=streams, on Kafka 4.2 or newer, leave their topology with the cluster"
        )
    return from_group(found), has_description(found)
