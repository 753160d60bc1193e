"""Shows an application as a whole, from its cluster and its instances: group, tasks, lag and stores."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from kstream_cli.commands.asking.instance_view import instance_table, instance_warnings, statuses_of
from kstream_cli.commands.asking.instances import instances_of
from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.clock import clock
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import results, write
from kstream_cli.commands.output.status_schemas import ApplicationStatus, GroupMemberStatus, InputStatus, Trend
from kstream_cli.endpoint.instances import Instances, SeenInstances
from kstream_cli.operations.application_facts import ApplicationFacts, InputFacts
from kstream_cli.operations.cluster_facts import ClusterFacts
from kstream_cli.operations.instance_facts import topology_hash
from kstream_cli.task.partition import Partition

WATCHED_SECONDS = 60.0
"""The span of time over which the trend of a lag is told."""


@dataclass
class LagTrends:
    """Whether lags rise or fall, by looking at them again and again."""

    _seen: deque[tuple[int, dict[Partition, int]]] = field(default_factory=deque)

    def add(self, facts: ApplicationFacts) -> None:
        lags = {(each.topic, each.partition): each.lag for each in facts.inputs}
        self._seen.append((facts.time, {key: lag for key, lag in lags.items() if lag is not None}))
        while facts.time - self._seen[0][0] > WATCHED_SECONDS * 1000:
            self._seen.popleft()

    def of(self, key: Partition) -> Trend | None:
        """None before it has been looked at twice."""
        lags = [lags[key] for _, lags in self._seen if key in lags]
        if len(lags) < 2:
            return None
        return "rising" if lags[-1] > lags[0] else "falling" if lags[-1] < lags[0] else "steady"


class Status:
    """The state of an application on a cluster."""

    def __init__(self, target: Target, find: Callable[[], Instances]) -> None:
        self._facts = ClusterFacts(target.config, target.topology)
        self._topology = None if target.topology is None else topology_hash(target.topology)
        self._find = find
        self._trends = LagTrends()

    @classmethod
    def of(cls, *, instances: Sequence[str] | None, token_file: Path | None, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`, and which instances to ask."""
        target = Target.of(**named).connected()
        return cls(target, lambda: instances_of(target, instances, token_file))

    def show(self, *, json: bool) -> None:
        """Look once."""
        facts, seen = self._look()
        if json:
            write(json_text(status_of(facts, self._trends, seen, self._topology)))
        else:
            console().print(view_of(facts, self._trends, seen, self._topology))

    def watch(self, seconds: float, *, json: bool) -> None:
        """Look again and again, until Ctrl-C."""
        terminal = console()
        if json or not terminal.is_terminal:
            while True:
                self.show(json=json)
                results().flush()
                time.sleep(seconds)
        with Live(self._view(), console=terminal, auto_refresh=False, screen=False) as live:
            while True:
                time.sleep(seconds)
                live.update(self._view(), refresh=True)

    def _view(self) -> RenderableType:
        facts, seen = self._look()
        return view_of(facts, self._trends, seen, self._topology)

    def _look(self) -> tuple[ApplicationFacts, SeenInstances]:
        facts = self._facts.look()
        self._trends.add(facts)
        seen = self._find().look()
        if seen.facts and not facts.group.runs:
            # The embedded broker shows no members of a group.
            facts = replace(facts, group=replace(facts.group, runs=True))
        return facts, seen


_NOBODY = SeenInstances()


def status_of(
    facts: ApplicationFacts, trends: LagTrends, seen: SeenInstances = _NOBODY, topology: str | None = None
) -> ApplicationStatus:
    """What was seen, as `--json` shows it; `topology` is the hash of the module's."""
    return ApplicationStatus(
        application_id=facts.application_id,
        time=facts.time,
        state=facts.group.state,
        protocol=facts.group.kind,
        runs=facts.group.runs,
        members=tuple(
            GroupMemberStatus(
                name=each.name,
                host=each.host,
                tasks=each.tasks,
                partitions=tuple(f"{topic}-{number}" for topic, number in each.partitions),
                topology_epoch=each.topology_epoch,
            )
            for each in facts.group.members
        ),
        inputs=tuple(
            InputStatus(
                topic=each.topic,
                partition=each.partition,
                start=each.start,
                end=each.end,
                committed=each.committed,
                lag=each.lag,
                lag_ms=_lag_ms(each, facts.time),
                trend=trends.of((each.topic, each.partition)),
            )
            for each in facts.inputs
        ),
        changelogs=dict(facts.changelogs),
        standbys=dict(facts.standbys),
        missing_topics=facts.missing,
        foreign_topics=facts.foreign,
        instances=statuses_of(seen, topology),
        instances_away=dict(seen.away),
    )


def view_of(
    facts: ApplicationFacts, trends: LagTrends, seen: SeenInstances = _NOBODY, topology: str | None = None
) -> RenderableType:
    """What was seen, for a terminal."""
    parts: list[RenderableType] = [_title(facts)]
    parts += [Text(f"source topic {topic} is missing", "warning") for topic in facts.missing]
    if facts.foreign:
        parts.append(Text(f"members read {', '.join(facts.foreign)}: another topology runs here, too", "warning"))
    instances = statuses_of(seen, topology)
    parts += instance_warnings(seen, instances)
    if instances:
        parts += [Text(), instance_table(instances)]
    if facts.group.members:
        parts += [Text(), _members(facts)]
    if facts.inputs:
        parts += [Text(), _inputs(facts, trends)]
    if facts.changelogs:
        parts += [Text(), _changelogs(facts)]
    return Group(*parts)


def _inputs(facts: ApplicationFacts, trends: LagTrends) -> Table:
    table = _table("input", "partition", "committed", "end", "lag", "behind", "trend")
    for each in facts.inputs:
        lag_ms = _lag_ms(each, facts.time)
        table.add_row(
            Text(each.topic, "topic"),
            str(each.partition),
            "-" if each.committed is None else str(each.committed),
            str(each.end),
            "-" if each.lag is None else str(each.lag),
            "-" if lag_ms is None else _span(lag_ms),
            trends.of((each.topic, each.partition)) or "-",
        )
    return table


def _lag_ms(each: InputFacts, now: int) -> int | None:
    """How long ago the record was written that is read next; 0 where there is none."""
    if each.committed is None:
        return None
    if not each.lag:
        return 0
    return None if each.next_time is None else max(now - each.next_time, 0)


def _title(facts: ApplicationFacts) -> Text:
    group, count = facts.group, len(facts.group.members)
    running = {True: "running", False: "not running", None: "not known whether it runs"}[group.runs]
    members = f", {count} thread{'s' * (count != 1)}" if count else ""
    kind = "" if group.kind == "none" else f", group protocol {group.kind}"
    return Text.assemble(
        (facts.application_id, "title"), f"  {running} ({group.state}{kind}{members})  ", (clock(facts.time), "muted")
    )


def _members(facts: ApplicationFacts) -> Table:
    standbys = dict(facts.standbys)
    has_epochs = any(each.topology_epoch is not None for each in facts.group.members)
    titles = [*(["topology epoch"] if has_epochs else []), *(["standby tasks of its instance"] if standbys else [])]
    table = _table("thread", "host", "tasks", *titles)
    for each in facts.group.members:
        tasks = ", ".join(each.tasks) or ", ".join(f"{topic}-{number}" for topic, number in each.partitions) or "-"
        copies = [", ".join(tasks) for name, tasks in standbys.items() if each.name.startswith(f"{name}-StreamThread-")]
        epoch = [str(each.topology_epoch)] if has_epochs else []
        table.add_row(Text(each.name), Text(each.host or "-"), Text(tasks), *map(Text, [*epoch, *copies]))
    return table


def _changelogs(facts: ApplicationFacts) -> Table:
    table = _table("changelog", "offsets")
    for topic, size in facts.changelogs:
        table.add_row(Text(topic, "topic"), str(size))
    return table


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="muted")
    numbers = {"partition", "committed", "end", "lag", "behind", "offsets"}
    for title in titles:
        table.add_column(title, overflow="fold", justify="right" if title in numbers else "left")
    return table


def _span(milliseconds: int) -> str:
    """A span of time in its two largest units."""
    seconds = milliseconds // 1000
    if seconds < 60:
        return f"{milliseconds / 1000:.1f} s"
    if seconds < 3_600:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60} min"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"
