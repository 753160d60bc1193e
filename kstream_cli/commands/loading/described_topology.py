"""From MODULE to a described topology: Python, Java's text, JSON; from a file, a revision, a pipe, the web, a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from kstream_cli.commands.loading.module_loader import REVISION, load_module, project_folder
from kstream_cli.commands.loading.settings import gather, gathered
from kstream_cli.commands.output.standard_streams import records
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.config import Config
from kstream_cli.described.built import described
from kstream_cli.described.model import ClusterView, DescribedTopology
from kstream_cli.described.selection import selected
from kstream_cli.errors import ModuleError, TopologyError

GROUP = "group:"
"""Begins a reference to what a cluster knows of a streams group's topology."""


@dataclass(frozen=True, slots=True)
class LoadedTopologies:
    """Described topologies, and the settings to ask a cluster about them with."""

    topologies: tuple[DescribedTopology, ...]
    config: Config
    folder: Path | None = None
    """What the files of positions are relative to; None where there is more than one such folder."""


def load_described(
    references: Sequence[str],
    assignments: Iterable[str] | None,
    file: Path | None,
    bootstrap_servers: str | None = None,
    *,
    profile: str | None = None,
) -> LoadedTopologies:
    """The topologies that the references name; without one, the project's default.

    Raises ModuleError for what is not there or no topology, TopologyError for what cannot be built.
    """
    given = list(assignments or ())
    options = {"bootstrap.servers": bootstrap_servers}
    if len(references) <= 1 and not (references and _is_text(references[0])):
        module = load_module(references[0] if references else None)
        settings = gather(module, file=file, assignments=given, options=options, profile=profile)
        config = Config.from_mapping(settings)
        folder = project_folder(module.where.resolve().parent if module.where else start_folder())
        found = described(
            module.build(settings),
            name=module.name,
            application_id=config.application_id,
            folder=folder,
            settings=config.data_settings(),
        )
        return LoadedTopologies((found,), config, folder)
    arguments = settings_arguments(given, file, profile)
    settings = gathered({"application.id": "kstream"}, file=file, assignments=given, options=options, profile=profile)
    config = Config.from_mapping(settings)
    topologies = [each for reference in references for each in _described(reference, arguments, config)]
    return LoadedTopologies(tuple(topologies), config)


def load_apart(
    reference: str, assignments: Iterable[str], file: Path | None, profile: str | None, config: Config
) -> list[DescribedTopology]:
    """The topologies of one reference, a module's in a process of its own: two may have parts of the same names."""
    return _described(reference, settings_arguments(assignments, file, profile), config)


def settings_arguments(assignments: Iterable[str] | None, file: Path | None, profile: str | None = None) -> list[str]:
    """The options that give the same settings to a `kstream` of another folder."""
    arguments = [part for text in assignments or () for part in ("--set", text)]
    arguments += ["--profile", profile] if profile is not None else []
    return arguments + (["--config", str((start_folder() / file).resolve())] if file else [])


def selected_or_refused(topologies: Sequence[DescribedTopology], selections: Iterable[str]) -> list[DescribedTopology]:
    """What the selections name, all without one. Raises BadParameter, with the nearest name, where nothing matches."""
    given = [part.strip() for text in selections for part in text.split(",") if part.strip()]
    if not given:
        return list(topologies)
    try:
        return selected(topologies, given)
    except TopologyError as error:
        raise typer.BadParameter(f"--select: {error}") from error


def cluster_view(loaded: LoadedTopologies) -> ClusterView:
    """What the cluster says of the topologies' topics. Imports the Kafka client."""
    from kstream_cli.runtime.cluster.topic_setup import TopicSetup, dead_letter_topics

    topics = {topic for topology in loaded.topologies for topic in topology.topics()}
    counts = TopicSetup(loaded.config).partitions(sorted(topics | set(dead_letter_topics(loaded.config))))
    return ClusterView(bootstrap_servers=loaded.config.bootstrap_servers, partitions=counts)


def _is_text(reference: str) -> bool:
    return reference == "-" or _is_url(reference) or reference.startswith((REVISION, GROUP)) or _is_text_file(reference)


def _is_url(reference: str) -> bool:
    return reference.lower().startswith(("http://", "https://"))


def _is_text_file(reference: str) -> bool:
    path = Path(reference)
    return path.suffix != ".py" and (start_folder() / path).is_file()


def _described(reference: str, arguments: Sequence[str], config: Config) -> list[DescribedTopology]:
    """One of several."""
    # Each way is imported when it is gone: clients of the web and of git take a tenth of a second.
    from kstream_cli.commands.loading.described_text import topologies_in

    if reference == "-":
        return topologies_in(records().read(), name="topology", source="standard input")
    if _is_url(reference):
        from kstream_cli.commands.loading.web_text import name_of, text_at

        return topologies_in(text_at(reference), name=name_of(reference), source=reference)
    if reference.startswith(GROUP):
        from kstream_cli.commands.loading.group_topology import topology_on_cluster

        return [topology_on_cluster(reference.removeprefix(GROUP), config)]
    if reference.startswith(REVISION):
        from kstream_cli.commands.loading.revision import described_at

        return described_at(reference, start_folder(), arguments)
    if _is_text_file(reference):
        return topologies_in(_text_of(Path(reference)), name=Path(reference).stem, source=reference)
    from kstream_cli.commands.loading.separate_process import described_apart

    return described_apart(reference, start_folder(), arguments)


def _text_of(file: Path) -> str:
    try:
        return (start_folder() / file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ModuleError(f"{file} is neither a Python module (.py) nor a text in UTF-8") from error
    except OSError as error:
        raise ModuleError(f"{file} cannot be read: {error.strerror}") from error
