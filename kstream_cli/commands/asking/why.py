"""Says why nothing comes out of an application."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from rich.text import Text

from kstream_cli.commands.asking.instances import instances_of
from kstream_cli.commands.loading.module_loader import project_folder
from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import say, write
from kstream_cli.commands.output.status_schemas import Why
from kstream_cli.described.built import described
from kstream_cli.endpoint.instances import Instances
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.operations.application_facts import ApplicationFacts, GroupFacts
from kstream_cli.operations.cluster_facts import ClusterFacts
from kstream_cli.operations.rehearsal import rehearsed
from kstream_cli.operations.silence import silence
from kstream_cli.operations.silence_cause import AT_END, Silence
from kstream_cli.printable import printable


class Asking:
    """An application, on a cluster or by its instances alone, and why it is silent."""

    def __init__(self, target: Target, instances: Instances) -> None:
        self._target = target
        self._instances = instances

    @classmethod
    def of(cls, *, instances: Sequence[str] | None, token_file: Path | None, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`, and which instances to ask."""
        target = Target.of(**named)
        if not instances or target.config.bootstrap_servers:
            target = target.connected()
        return cls(target, instances_of(target, instances, token_file))

    def show(self, *, json: bool) -> None:
        """A sentence and the remedy, or one JSON object."""
        found = self._look()
        if json:
            config = self._target.config
            write(
                json_text(
                    Why(
                        application_id=config.application_id,
                        time=int(time.time() * 1000),
                        cause=found.cause,
                        sentence=found.sentence,
                        remedy=found.remedy,
                    )
                )
            )
            return
        terminal = console()
        terminal.print(Text(printable(found.sentence)), soft_wrap=True)
        terminal.print(Text(printable(found.remedy), "muted"), soft_wrap=True)

    def _look(self) -> Silence:
        config = self._target.config
        told, away = self._instances.told()
        for reason in away.values():
            say(reason)
        if not config.bootstrap_servers:
            nobody = GroupFacts("none", "not asked", None)
            return silence(ApplicationFacts(config.application_id, int(time.time() * 1000), nobody, told=told))
        try:
            facts = ClusterFacts(config, self._target.topology).look(deeply=True)
            found = silence(replace(facts, told=told))
            return (self._rehearsed(facts) or found) if found.cause == AT_END else found
        except BrokerUnavailableError as error:
            first, _, _ = str(error).partition("\n")
            return Silence("broker away", f"{first[:1].upper()}{first[1:]}.", "Start the cluster, or name another one.")

    def _rehearsed(self, facts: ApplicationFacts) -> Silence | None:
        """What becomes of the input, where all of it is read and nothing has come of it."""
        topology, module, config = self._target.topology, self._target.module, self._target.config
        if topology is None:
            return None
        folder = None if module is None or module.where is None else project_folder(module.where.resolve().parent)
        found = described(topology, name="why", application_id=config.application_id, folder=folder)
        return rehearsed(topology, found, config, facts)
