"""Looks for problems step by step, and goes on after one for as long as the next step has something to work with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from kstream_cli.broker.samples import Sample, module_samples
from kstream_cli.changes.finding import Finding
from kstream_cli.changes.hints import hints
from kstream_cli.commands.loading.module_loader import TopologyModule, load_module, module_at_hand, project_folder
from kstream_cli.commands.loading.reasons import with_reasons
from kstream_cli.commands.loading.settings import environment, read_file, read_profile
from kstream_cli.commands.output.failure import lines_of
from kstream_cli.commands.output.json_schemas import Checked
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.config import Config
from kstream_cli.config.sources import parse_setting
from kstream_cli.described.built import described
from kstream_cli.errors import StreamsError
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.printable import printable
from kstream_cli.topology.cluster_check import check_clusters, check_promises
from kstream_cli.topology.nodes import ProcessorNode
from kstream_cli.topology.serde_check import missing_serdes
from kstream_cli.topology.topology import Topology

T = TypeVar("T")


@dataclass(slots=True)
class Checkup:
    """What was found out about one module."""

    name: str
    problems: list[str] = field(default_factory=list)
    warnings: tuple[Finding, ...] = ()
    facts: str = ""

    @classmethod
    def of(
        cls,
        module: str | None,
        assignments: Iterable[str] | None,
        file: Path | None,
        bootstrap_servers: str | None,
        profile: str | None = None,
    ) -> Checkup:
        """Look at everything; at a cluster only where `bootstrap_servers` names one, whatever the settings say.

        A module that cannot be loaded is a problem like any other.
        """
        checkup = cls(module or "the default topology")
        with ExitStack() as stack:
            loaded = checkup._try(lambda: load_module(stack.enter_context(module_at_hand(module))))
            if loaded is not None:
                checkup.name = loaded.name
                settings = checkup._settings(loaded, assignments, file, bootstrap_servers, profile)
                checkup._look(loaded, settings, ask_cluster=bootstrap_servers is not None)
        return checkup

    @property
    def warned(self) -> int:
        """How many warnings there are that no comment in the code allows."""
        return sum(1 for warning in self.warnings if warning.allowed is None)

    def text(self) -> str:
        head = _count(len(self.problems), "problem") + (f", {_count(self.warned, 'warning')}" if self.warned else "")
        facts = "" if self.problems else f" ({self.facts})"
        numbered = (f"{n}. " + text.replace("\n", "\n   ") for n, text in enumerate(self.problems, start=1))
        return "\n".join([f"{self.name}: {head}{facts}", *numbered, *map(_warning, self.warnings)])

    def json(self) -> str:
        found = Checked(topology=self.name, problems=tuple(self.problems), warnings=self.warnings)
        return json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False)

    def _try(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except Exception as error:
            self.problems.append("\n".join(lines_of(error)))
            return None

    def _settings(
        self,
        module: TopologyModule,
        assignments: Iterable[str] | None,
        file: Path | None,
        servers: str | None,
        profile: str | None,
    ) -> dict[str, Any]:
        """All settings, as `settings.gather` has them, but with each place's faults noted; bad keys are left out."""
        places: list[Mapping[str, Any] | None] = [module.settings()]
        if profile is not None:
            places.append(self._try(lambda: read_profile(profile)))
        if file is not None:
            places.append(self._try(lambda: read_file(file)))
        places.append(self._try(environment))
        for text in assignments or ():
            places.append(self._try(lambda text=text: dict([parse_setting(text)])))  # type: ignore[misc]
        if servers is not None:
            places.append({"bootstrap.servers": servers})
        merged = {name: value for place in places for name, value in (place or {}).items()}
        return {
            name: value
            for name, value in merged.items()
            if self._try(lambda name=name, value=value: Config.from_mapping({name: value}))  # type: ignore[misc]
        }

    def _look(self, module: TopologyModule, settings: dict[str, Any], *, ask_cluster: bool) -> None:
        config = self._try(lambda: Config.from_mapping(settings))
        topology = self._try(lambda: module.build(settings)) if config is not None else None
        if config is None or topology is None:
            return
        self.facts = _facts(topology)
        self.warnings = self._try(lambda: _warnings(module, topology, config)) or ()
        found = len(self.problems)
        if not topology.nodes and not topology.global_stores:
            self.problems.append("the topology is empty: give its builder a stream or a table")
        self.problems += missing_serdes(topology, config)
        self.problems += unused_stores(topology)
        self._try(lambda: check_promises(topology, config))
        if config.bootstrap_servers:
            self._try(lambda: check_clusters(topology, config))
        if len(self.problems) == found:
            self._try(lambda: _assemble(topology, config))
        if config.has_client_settings():
            self._try(lambda: _check_clients(config))
        if module.samples:
            self._check_samples(module.samples, TopicTypes(topology, config))
        if ask_cluster and config.bootstrap_servers:
            self.problems += self._try(lambda: cluster_problems(topology, config)) or []

    def _check_samples(self, samples: Any, types: TopicTypes) -> None:
        for sample in self._try(lambda: module_samples(samples)) or ():
            self._try(lambda sample=sample: _encode(types, sample))  # type: ignore[misc]


def _warnings(module: TopologyModule, topology: Topology, config: Config) -> tuple[Finding, ...]:
    folder = project_folder(module.where.resolve().parent if module.where else start_folder())
    seen = described(
        topology,
        name=module.name,
        application_id=config.application_id,
        folder=folder,
        settings=config.data_settings(),
    )
    return with_reasons(hints(seen), seen, folder)


def _warning(warning: Finding) -> str:
    place = f" ({warning.position})" if warning.position else ""
    head = f"{warning.id} {warning.subject}{place}: {warning.title}: {warning.message}"
    if warning.allowed is not None:
        return printable(f"allowed {head}") + "\n   " + printable(f"because {warning.allowed}")
    return printable(f"warning {head}") + "\n   " + printable(f"remedy: {warning.remedy}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def unused_stores(topology: Topology) -> list[str]:
    """Stores that no processor uses."""
    used = {store for node in topology.nodes.values() if isinstance(node, ProcessorNode) for store in node.stores}
    return [
        f"store {name} is connected to no processor: name it in stores=, or leave it out"
        for name in topology.stores
        if name not in used
    ]


def cluster_problems(topology: Topology, config: Config) -> list[str]:
    """Missing topics, and topics that are joined but not partitioned alike. Imports the Kafka client."""
    from kstream_cli.runtime.cluster.topic_setup import (
        TopicSetup,
        dead_letter_topics,
        global_topics,
        sink_topics,
        source_topics,
    )

    read = [*source_topics(topology), *global_topics(topology)]
    counts = TopicSetup(config).partitions([*read, *sink_topics(topology), *dead_letter_topics(config)])
    found = [
        f"topic {topic} is missing: kafka-topics --create, or kstream run --create-topics"
        for topic, count in counts.items()
        if count is None
    ]
    for group in topology.copartition_groups:
        known = {topic: count for topic in sorted(group) if (count := counts.get(topic)) is not None}
        if len(set(known.values())) > 1:
            figures = ", ".join(f"{topic} has {count}" for topic, count in known.items())
            found.append(f"topics that are joined need equal numbers of partitions, but {figures}")
    return found


def _encode(types: TopicTypes, sample: Sample) -> None:
    try:
        types.encoded_input(sample)
    except StreamsError as error:
        raise StreamsError(f"samples: {error}") from error


def _assemble(topology: Topology, config: Config) -> None:
    """Make the tasks once, as the runtime would: this finds what only shows when stores and processors meet."""
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver

    TopologyTestDriver(topology, config).close()


def _check_clients(config: Config) -> None:
    """Imports the Kafka client."""
    from kstream_cli.runtime.clients.settings_check import check_client_settings

    check_client_settings(config)


def _facts(topology: Topology) -> str:
    parts, nodes, stores = len(topology.subtopologies()), len(topology.nodes), len(topology.stores)
    return (
        f"{parts} subtopolog{'y' if parts == 1 else 'ies'}, {nodes} node{'' if nodes == 1 else 's'}, "
        f"{stores} store{'' if stores == 1 else 's'}"
    )
