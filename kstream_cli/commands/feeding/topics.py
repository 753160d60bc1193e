"""The topics of an application on a cluster: shown, made, and held against what they should be."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import ApplicationTopic
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import say, write
from kstream_cli.commands.output.table import print_table
from kstream_cli.operations.topic_plan import PlannedTopic, planned_topics
from kstream_cli.runtime.cluster.topic_setup import TopicSetup


class ApplicationTopics:
    """The topics of a topology, on the cluster that the options name."""

    def __init__(self, target: Target) -> None:
        self._topology = target.require_topology("topics")
        self._config = target.config

    @classmethod
    def of(cls, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`."""
        return cls(Target.of(**named).connected())

    @cached_property
    def topics(self) -> tuple[PlannedTopic, ...]:
        return planned_topics(self._topology, self._config)

    def are_wrong(self) -> bool:
        return any(topic.problems for topic in self.topics)

    def show(self, *, json: bool) -> None:
        """A table, or one JSON object a topic."""
        if json:
            for topic in self.topics:
                write(json_text(_shape(topic)))
            return
        table = Table(box=None, pad_edge=False, header_style="muted")
        for title in ("topic", "role", "partitions", ""):
            table.add_column(title, overflow="fold", justify="right" if title == "partitions" else "left")
        for topic in self.topics:
            remark = Text("; ".join(topic.problems), "warning") if topic.problems else Text(_remark(topic), "muted")
            partitions = "-" if topic.partitions is None else str(topic.partitions)
            table.add_row(Text(topic.name, "topic"), topic.role, partitions, remark)
        print_table(console(), table)

    def create(self, tasks: int | None) -> None:
        """Make the missing topics that the application does not make by itself."""
        missing = [topic.name for topic in self.topics if topic.partitions is None and not topic.is_own]
        widest = max((topic.partitions or 1 for topic in self.topics if topic.role == "source"), default=1)
        made = TopicSetup(self._config).create(missing, tasks or widest)
        say(f"made {', '.join(made)}" if made else "no topic is missing")


def _remark(topic: PlannedTopic) -> str:
    return "made at the first start" if topic.partitions is None and topic.is_own else ""


def _shape(topic: PlannedTopic) -> ApplicationTopic:
    return ApplicationTopic(
        topic=topic.name,
        role=topic.role,
        partitions=topic.partitions,
        wanted_partitions=topic.wanted_partitions,
        settings=dict(topic.settings),
        wanted_settings=dict(topic.wanted_settings),
        problems=topic.problems,
    )
