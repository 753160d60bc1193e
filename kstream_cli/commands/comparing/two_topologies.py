"""OLD and NEW of `kstream diff`, compared, with the comments of NEW's code that allow findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from kstream_cli.changes.comparison import Comparison, compared
from kstream_cli.commands.loading.described_topology import LoadedTopologies, load_apart, load_described
from kstream_cli.commands.loading.module_loader import REVISION
from kstream_cli.commands.loading.reasons import with_reasons
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import ConfigError, ModuleError

APPLICATION = "app:"


def compare(
    old: str,
    new: str | None,
    assignments: Iterable[str] | None,
    file: Path | None,
    bootstrap_servers: str | None,
    profile: str | None,
) -> Comparison:
    """Load both and compare them.

    Raises ModuleError for what is not there or no topology, ConfigError for an application that is not NEW's.
    """
    given = list(assignments or ())
    if new is not None and new.startswith(APPLICATION):
        raise ConfigError(f"{new} stands for what runs now, and so it is OLD: kstream diff {new} MODULE")
    wanted = load_described([] if new is None else [new], given, file, bootstrap_servers, profile=profile)
    target = _only(wanted.topologies, new or "the default topology")
    if old.startswith(APPLICATION):
        running = _deployed(old.removeprefix(APPLICATION), wanted, target)
    else:
        running = _only(load_apart(_as_of(old, new), given, file, profile, wanted.config), old)
    found = compared(running, target)
    return Comparison(running, target, with_reasons(found.findings, target, wanted.folder))


def _as_of(old: str, new: str | None) -> str:
    """A revision without a path stands for the same file as of then, where NEW is one."""
    is_whole = old.startswith(REVISION) and ":" not in old.removeprefix(REVISION)
    return f"{old}:{new}" if is_whole and new is not None and new.endswith(".py") else old


def _only(topologies: Sequence[DescribedTopology], reference: str) -> DescribedTopology:
    if len(topologies) != 1:
        raise ModuleError(f"{reference} holds {len(topologies)} topologies: one is compared with one")
    return topologies[0]


def _deployed(application_id: str, wanted: LoadedTopologies, new: DescribedTopology) -> DescribedTopology:
    """What the cluster has of the application. Imports the Kafka client."""
    from kstream_cli.commands.loading.target import Target
    from kstream_cli.runtime.clients.spanning_supplier import supplier_for
    from kstream_cli.runtime.cluster.deployed import deployed_topology
    from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
    from kstream_cli.runtime.cluster.topics import ClusterTopics

    if not application_id:
        raise ConfigError("app: needs the application's id: app:orders")
    if new.application_id is not None and new.application_id != application_id:
        raise ConfigError(
            f"{APPLICATION}{application_id} is not the application of {new.name}, which is {new.application_id}: "
            f"compare {APPLICATION}{new.application_id}, or give --set application.id={application_id}"
        )
    config = Target(None, None, wanted.config).connected().config
    clients = supplier_for(config)
    admin = clients.admin(config.admin())
    cluster = ClusterTopics(admin, config.bootstrap_servers)
    cluster.refresh()
    with GroupOffsets(clients, config, admin, application_id) as offsets:
        found = deployed_topology(admin, cluster, application_id, offsets)
    if found is None:
        raise ModuleError(
            f"no application {application_id!r} has run on {config.bootstrap_servers}: it has neither topics nor "
            "committed offsets there"
        )
    return found
