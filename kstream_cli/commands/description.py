"""A loaded module described, and the tree of it in a terminal's colours: shared by describe and graph."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text
from rich.tree import Tree

from kstream_cli.commands.loading.module_loader import load_module, project_folder
from kstream_cli.commands.loading.settings import gather
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.config import Config
from kstream_cli.described.built import described
from kstream_cli.described.model import ClusterView, DescribedTopology
from kstream_cli.render.tree import Branch
from kstream_cli.topology.topology import Topology


@dataclass(frozen=True, slots=True)
class LoadedTopology:
    """A built topology, its description, and the settings it was built under."""

    topology: Topology
    described: DescribedTopology
    config: Config


def load_described(
    module: str | None, assignments: Iterable[str] | None, file: Path | None, bootstrap_servers: str | None = None
) -> LoadedTopology:
    loaded = load_module(module)
    settings = gather(loaded, file=file, assignments=assignments, options={"bootstrap.servers": bootstrap_servers})
    config = Config.from_mapping(settings)
    topology = loaded.build(settings)
    folder = project_folder(loaded.where.resolve().parent if loaded.where else start_folder())
    found = described(topology, name=loaded.name, application_id=config.application_id, folder=folder)
    return LoadedTopology(topology, found, config)


def cluster_view(loaded: LoadedTopology) -> ClusterView:
    """What the cluster says of the topology's topics. Imports the Kafka client."""
    from kstream_cli.runtime.cluster.topic_setup import TopicSetup, dead_letter_topics

    topics = {*loaded.described.topics(), *dead_letter_topics(loaded.config)}
    counts = TopicSetup(loaded.config).partitions(sorted(topics))
    return ClusterView(bootstrap_servers=loaded.config.bootstrap_servers, partitions=counts)


def rich_tree(branch: Branch) -> Tree:
    """The same tree, coloured by role."""
    tree = Tree(_text(branch), guide_style="dim")
    _grow(tree, branch)
    return tree


def _grow(tree: Tree, branch: Branch) -> None:
    for child in branch.branches:
        _grow(tree.add(_text(child)), child)


def _text(branch: Branch) -> Text:
    return Text.assemble(*((text, role) for role, text in branch.words), overflow="fold")
