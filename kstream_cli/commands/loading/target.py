"""Which application a command is about, and on which cluster: from a MODULE, or from an application id alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kstream_cli.broker.announcement import RunningBroker, running_brokers
from kstream_cli.commands.loading.module_loader import TopologyModule, load_module
from kstream_cli.commands.loading.settings import gather, gathered
from kstream_cli.commands.output.standard_streams import say
from kstream_cli.config import Config
from kstream_cli.errors import ConfigError, ModuleError
from kstream_cli.topology.topology import Topology

NO_APPLICATION = "kstream"
"""The application id where none is known: for commands that only look at topics."""


@dataclass(frozen=True, slots=True)
class Target:
    """An application: its module and topology where they are known, and its settings."""

    module: TopologyModule | None
    topology: Topology | None
    config: Config

    @classmethod
    def of(
        cls,
        module: str | None,
        *,
        application_id: str | None = None,
        assignments: tuple[str, ...] | list[str] | None = None,
        file: Path | None = None,
        profile: str | None = None,
        bootstrap_servers: str | None = None,
        is_alone: bool = False,
    ) -> Target:
        """The application that the options name.

        Without a module it is the project's own. Where there is none, or `is_alone` says that serdes or an application
        id were given instead, only the settings are known.
        """
        options = {"bootstrap.servers": bootstrap_servers, "application.id": application_id}
        loaded = None
        if module is not None or not (is_alone or application_id):
            loaded = _module(module)
        if loaded is None:
            first = {"application.id": NO_APPLICATION}
            alone = gathered(first, file=file, assignments=assignments, options=options, profile=profile)
            return cls(None, None, Config.from_mapping(alone))
        settings = gather(loaded, file=file, assignments=assignments, options=options, profile=profile)
        return cls(loaded, loaded.build(settings), Config.from_mapping(settings))

    @property
    def is_named(self) -> bool:
        """Whether anything says which application it is."""
        return self.config.application_id != NO_APPLICATION

    def connected(self) -> Target:
        """The same, with a cluster: the one that is configured, else the embedded broker that runs on this machine.

        Raises ConfigError where there is none, or where several embedded brokers run.
        """
        if self.config.bootstrap_servers:
            return self
        broker = _only(running_brokers(), self.config.application_id)
        say(f"using the embedded broker at {broker.bootstrap_servers} ({broker.command}, pid {broker.pid})")
        others = {f"clusters.{name}.bootstrap.servers": servers for name, servers in broker.clusters.items()}
        config = self.config.merged({"bootstrap.servers": broker.bootstrap_servers, **others})
        return Target(self.module, self.topology, config)

    def require_topology(self, needed_for: str) -> Topology:
        """The topology. Raises ConfigError where only settings are known."""
        if self.topology is None:
            raise ConfigError(f"{needed_for} needs a topology: name its module")
        return self.topology


def _module(given: str | None) -> TopologyModule | None:
    try:
        return load_module(given)
    except ModuleError:
        if given is not None:
            raise
        return None


def _only(brokers: list[RunningBroker], application_id: str) -> RunningBroker:
    own = [broker for broker in brokers if broker.application_id == application_id]
    candidates = own or brokers
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise ConfigError(
            "no cluster is named, and no embedded broker runs here: give --bootstrap-servers HOST:PORT\n"
            "Or start one: kstream broker, or kstream run --embedded"
        )
    known = ", ".join(f"{broker.bootstrap_servers} ({broker.command})" for broker in candidates)
    raise ConfigError(f"several embedded brokers run here: name one with --bootstrap-servers: {known}")


__all__ = ["Target"]
