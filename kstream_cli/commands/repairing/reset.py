"""Resets an application: shows the plan, asks, and does it."""

from __future__ import annotations

from typing import Any, Self

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import Reset, ResetOffset
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import results, say, write
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.repairing.confirmation import confirm
from kstream_cli.config.offset_reset import duration_ms
from kstream_cli.errors import ConfigError
from kstream_cli.operations.application_reset import ApplicationReset, ResetPlan
from kstream_cli.operations.reset_offsets import ResetPlace
from kstream_cli.operations.start_position import milliseconds


class Resetting:
    """An application on the cluster that the options name."""

    def __init__(self, target: Target) -> None:
        if target.topology is None and not target.is_named:
            raise ConfigError("name the application: give its MODULE, or --application-id ID")
        self._config = target.config
        self._reset = ApplicationReset(target.config, target.topology)

    @classmethod
    def of(cls, **named: Any) -> Self:
        """From the options of a command: those of `Target.of`."""
        return cls(Target.of(**named).connected())

    def run(
        self,
        place: ResetPlace,
        *,
        input_topics: list[str] | None,
        internal_topics: list[str] | None,
        dry_run: bool,
        yes: bool,
        json: bool,
    ) -> None:
        """Show the plan, and do it where that is wanted."""
        plan = self._reset.plan(place, input_topics=input_topics, internal=internal_topics)
        if not json:
            self._show(plan)
        if not dry_run:
            if not yes:
                results().flush()
                confirm(plan.application_id, "reset the application")
            self._reset.apply(plan)
        if json:
            write(json_text(_shape(plan, done=not dry_run)))
        else:
            say("nothing was done: this is what would be" if dry_run else f"reset {plan.application_id}")

    def _show(self, plan: ResetPlan) -> None:
        terminal = console()
        terminal.print(Text.assemble("Reset of ", (plan.application_id, "title"), f" at {self._servers}"))
        if plan.offsets:
            table = Table(box=None, pad_edge=False, header_style="muted")
            table.add_column("input topic", overflow="fold")
            for title in ("partition", "offset", "new offset"):
                table.add_column(title, justify="right")
            for move in plan.offsets:
                before = "-" if move.before is None else str(move.before)
                table.add_row(Text(move.topic, "topic"), str(move.partition), before, str(move.after))
            terminal.print(table)
        else:
            terminal.print(Text("no input topic: no offset is moved", "muted"))
        for topic in plan.delete_topics:
            terminal.print(Text.assemble(("delete topic ", "warning"), (topic, "topic")), soft_wrap=True)
        if plan.state_directory is not None:
            terminal.print(Text.assemble(("delete state ", "warning"), str(plan.state_directory)), soft_wrap=True)
        for topic in plan.leave_topics:
            terminal.print(
                Text.assemble(
                    ("leave topic ", "muted"),
                    (topic, "topic"),
                    (
                        ": it may be another application's. If it is this one's, delete it with --internal-topics",
                        "muted",
                    ),
                ),
                soft_wrap=True,
            )

    @property
    def _servers(self) -> str:
        return self._config.bootstrap_servers


def place_of(option: str, given: Any) -> ResetPlace:
    """The place that an option and what it was given name. Raises ConfigError for what is none."""
    match option:
        case "--to-latest":
            return ResetPlace("latest")
        case "--to-offset":
            return ResetPlace("offset", given)
        case "--to-datetime":
            return ResetPlace("time", milliseconds(given))
        case "--by-duration":
            return ResetPlace.before_now(duration_ms(given))
        case "--shift-by":
            return ResetPlace("shift", given)
        case "--from-file":
            return ResetPlace.of_file(start_folder() / given)
        case _:
            return ResetPlace("earliest")


def _shape(plan: ResetPlan, *, done: bool) -> Reset:
    return Reset(
        application_id=plan.application_id,
        done=done,
        offsets=tuple(
            ResetOffset(topic=move.topic, partition=move.partition, before=move.before, after=move.after)
            for move in plan.offsets
        ),
        delete_topics=plan.delete_topics,
        leave_topics=plan.leave_topics,
        state_directory=None if plan.state_directory is None else str(plan.state_directory),
    )
