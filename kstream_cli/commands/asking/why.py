"""Says why nothing comes out of an application."""

from __future__ import annotations

import time
from typing import Any, Self

from rich.text import Text

from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_shapes import Why
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import write
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.operations.cluster_facts import ClusterFacts
from kstream_cli.operations.silence import Silence, silence


class Asking:
    """An application on a cluster, and why it is silent."""

    def __init__(self, target: Target) -> None:
        self._target = target

    @classmethod
    def of(cls, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`."""
        return cls(Target.of(**named).connected())

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
        terminal.print(Text(found.sentence), soft_wrap=True)
        terminal.print(Text(found.remedy, "muted"), soft_wrap=True)

    def _look(self) -> Silence:
        try:
            return silence(ClusterFacts(self._target.config, self._target.topology).look(deeply=True))
        except BrokerUnavailableError as error:
            first, _, _ = str(error).partition("\n")
            return Silence("broker away", f"{first[:1].upper()}{first[1:]}.", "Start the cluster, or name another one.")
