"""`group:APPLICATION_ID`: the topology that a cluster knows of a streams group, in Python or Java."""

from __future__ import annotations

from kstream_cli.commands.output.standard_streams import say
from kstream_cli.config import Config
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import ConfigError


def topology_on_cluster(group: str, config: Config) -> DescribedTopology:
    """Raises ConfigError where no group, or no cluster, is named; StreamsError where the cluster has none such."""
    from kstream_cli.operations.streams_group import topology_of_group

    if not group:
        raise ConfigError("group: needs the application's id: group:orders")
    if not config.bootstrap_servers:
        raise ConfigError(f"group:{group} is on a cluster: give --bootstrap-servers HOST:PORT")
    found, is_whole = topology_of_group(config, group)
    if not is_whole:
        say(
            f"the brokers keep no description of group {group}: shown is what its members told them, topics and stores "
            "(see docs/guides/group-protocol.md)"
        )
    return found
