"""Dead letters for a reader: grouped, shown, tried and sent back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Self

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.feeding.typed_topics import TypedTopics
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.json_schemas import DeadLetterGroup, Replayed, ShownLetter, TriedLetter
from kstream_cli.commands.output.record_text import headers_text, json_text, text_of
from kstream_cli.commands.output.standard_streams import results, say, write
from kstream_cli.commands.repairing.confirmation import confirm
from kstream_cli.commands.repairing.letter_trial import LetterTrial
from kstream_cli.operations.dead_letter import DeadLetter
from kstream_cli.operations.dead_letter_queue import DeadLetterQueue, Matches, ReplayPlan
from kstream_cli.operations.record_filter import RecordFilter
from kstream_cli.operations.topic_types import TopicTypes


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant; None is any."""

    exception: str | None
    topic: str | None
    processor: str | None
    expression: str | None

    def matcher(self, types: TopicTypes) -> Matches:
        """Whether a letter is meant. Raises ConfigError where the expression cannot be read."""
        chosen = None if self.expression is None else RecordFilter(self.expression)

        def matches(letter: DeadLetter) -> bool:
            named = letter.exception or ""
            if self.exception is not None and self.exception not in (named, named.rpartition(".")[2]):
                return False
            if self.topic is not None and self.topic != letter.topic:
                return False
            if self.processor is not None and self.processor != letter.processor:
                return False
            return chosen is None or _is_true(chosen, letter, types)

        return matches


class Letters:
    """The dead letters of an application, and what their topics hold."""

    def __init__(self, topics: TypedTopics, queue: str | None) -> None:
        self._target, self._types = topics.target, topics.types
        self._queue = DeadLetterQueue(topics.target.config, queue)

    @classmethod
    def of(cls, *, queue: str | None, module: str | None, **named: Any) -> Self:
        """From the options of a command: those of `TypedTopics.of`."""
        return cls(TypedTopics.of(module=module, **named), queue)

    def list(self, selection: Selection, *, json: bool) -> None:
        """A table of groups, the largest first; or one JSON object each."""
        sent = self._queue.sent()
        groups: dict[tuple[str | None, ...], list[int]] = {}
        for letter in self._chosen(selection):
            key = (letter.exception, letter.reason, letter.processor, letter.topic)
            stamp = letter.id.timestamp
            counts = groups.setdefault(key, [0, 0, stamp, stamp])
            counts[0] += 1
            counts[1] += letter.id not in sent
            counts[2:] = [min(counts[2], stamp), max(counts[3], stamp)]
        found = [
            DeadLetterGroup(
                exception=exception,
                reason=reason or "",
                processor=processor,
                topic=topic,
                letters=letters,
                open=left,
                first=first,
                last=last,
            )
            for (exception, reason, processor, topic), (letters, left, first, last) in groups.items()
        ]
        found.sort(key=lambda group: -group.letters)
        if json:
            for group in found:
                write(json_text(group))
        elif found:
            console().print(_table(found))
        else:
            say(f"no dead letter in {self._queue.topic}")

    def show(self, selection: Selection, *, count: int | None, trace: bool, json: bool) -> None:
        """Letter after letter."""
        sent = self._queue.sent()
        terminal, shown = console(), 0
        for letter in islice(self._chosen(selection), count):
            shown += 1
            view = self._shown(letter, letter.id in sent)
            if json:
                write(json_text(view))
            else:
                terminal.print(_card(view, trace=trace), soft_wrap=True)
        if not shown and not json:
            say(f"no dead letter to show in {self._queue.topic}")

    def replay(
        self,
        selection: Selection,
        *,
        count: int | None,
        rate: float | None,
        most_replays: int,
        dry_run: bool,
        yes: bool,
        json: bool,
    ) -> None:
        """Show what goes where, and send it where that is wanted."""
        plan = self._queue.plan(selection.matcher(self._types), most_replays=most_replays, count=count)
        if not json:
            self._tell(plan)
        count_all = len(plan.replay) + len(plan.quarantine)
        if count_all and not dry_run:
            if not yes:
                results().flush()
                confirm(self._queue.topic, f"send {_letters(count_all)} back")
            with console(error=True).status(f"0 of {count_all} letters sent") as status:
                self._queue.replay(
                    plan, rate=rate, told=lambda sent: status.update(f"{sent} of {count_all} letters sent")
                )
        if json:
            write(json_text(self._shape(plan, done=not dry_run)))
        elif dry_run:
            say("nothing was done: this is what would be")
        else:
            say(f"sent {_letters(count_all)}")

    def try_out(self, selection: Selection, *, count: int | None, json: bool) -> bool:
        """Run the letters that were not sent yet through the topology; whether any fails again."""
        trial = LetterTrial(self._target.require_topology("--try"), self._target.config, self._queue.topic)
        sent, terminal, failed, tried = self._queue.sent(), console(), 0, 0
        with trial:
            for letter in islice((each for each in self._chosen(selection) if each.id not in sent), count):
                fails = trial.failure_of(letter)
                tried += 1
                failed += fails is not None
                place = f"{letter.id.partition}@{letter.id.offset}"
                if json:
                    row = TriedLetter(
                        partition=letter.id.partition, offset=letter.id.offset, topic=letter.topic, fails=fails
                    )
                    write(json_text(row))
                elif fails is not None:
                    terminal.print(Text.assemble((f"{place} fails: ", "warning"), fails), soft_wrap=True)
        say(f"tried {_letters(tried)}: {tried - failed} would be processed, {failed} would fail again")
        return failed > 0

    def _chosen(self, selection: Selection) -> Iterator[DeadLetter]:
        return filter(selection.matcher(self._types), self._queue.letters())

    def _shown(self, letter: DeadLetter, sent: bool) -> ShownLetter:
        key, value = _decoded(letter, self._types)
        return ShownLetter(
            partition=letter.id.partition,
            offset=letter.id.offset,
            timestamp=letter.id.timestamp,
            key=key,
            value=value,
            headers=headers_text(letter.headers),
            exception=letter.exception,
            message=letter.message,
            processor=letter.processor,
            topic=letter.topic,
            source_partition=letter.partition,
            source_offset=letter.offset,
            replays=letter.replays,
            sent=sent,
            stacktrace=letter.stacktrace,
        )

    def _tell(self, plan: ReplayPlan) -> None:
        terminal = console()
        for topic, count in plan.targets.items():
            terminal.print(Text.assemble(f"{_letters(count)} back to ", (topic, "topic")), soft_wrap=True)
        if plan.quarantine:
            where = f"{_letters(len(plan.quarantine))} failed too often: to "
            terminal.print(Text.assemble((where, "warning"), (self._queue.quarantine, "topic")), soft_wrap=True)
        if plan.done:
            terminal.print(Text(f"{_letters(plan.done)} sent before: left out", "muted"))
        if plan.homeless:
            terminal.print(Text(f"{_letters(plan.homeless)} of no topic that is there: left out", "warning"))
        if not plan.replay and not plan.quarantine:
            terminal.print("no letter to send back")

    def _shape(self, plan: ReplayPlan, *, done: bool) -> Replayed:
        return Replayed(
            queue=self._queue.topic,
            done=done,
            topics=plan.targets,
            quarantine=len(plan.quarantine),
            sent_before=plan.done,
            homeless=plan.homeless,
        )


def _decoded(letter: DeadLetter, types: TopicTypes) -> tuple[Any, Any]:
    if letter.topic is None:
        return letter.key, letter.value
    return types.of(letter.topic).decoded(letter.key, letter.value, letter.headers)


def _is_true(chosen: RecordFilter, letter: DeadLetter, types: TopicTypes) -> bool:
    key, value = _decoded(letter, types)
    return chosen.matches(
        key=key,
        value=value,
        timestamp=letter.id.timestamp,
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        headers=dict(letter.headers),
    )


def _table(groups: list[DeadLetterGroup]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="muted")
    for title in ("letters", "open"):
        table.add_column(title, justify="right")
    for title in ("exception", "reason", "processor", "topic", "last"):
        table.add_column(title, overflow="fold")
    for group in groups:
        table.add_row(
            str(group.letters),
            str(group.open),
            Text((group.exception or "-").rpartition(".")[2], "warning"),
            text_of(group.reason),
            Text(text_of(group.processor or "-"), "processor"),
            Text(text_of(group.topic or "-"), "topic"),
            _clock(group.last),
        )
    return table


def _card(view: ShownLetter, *, trace: bool) -> Text:
    came = f"{view.topic}-{view.source_partition}@{view.source_offset}" if view.topic else "no topic"
    lines = [
        Text.assemble((f"{view.partition}@{view.offset}", "title"), f" {_clock(view.timestamp)} from ", (came, "topic"))
    ]
    lines.append(Text(f"  {text_of(view.key)}: {text_of(view.value)}"))
    if view.headers:
        lines.append(Text("  " + ", ".join(f"{text_of(name)}={text_of(value)}" for name, value in view.headers)))
    what = text_of(f"{view.exception or 'no exception is named'}: {view.message or ''}".rstrip(": "))
    lines.append(Text.assemble("  ", (what, "warning")))
    if view.processor:
        lines.append(Text.assemble("  in ", (text_of(view.processor), "processor")))
    if view.replays or view.sent:
        times = f"sent back {view.replays} times before" if view.replays else ""
        lines.append(
            Text("  " + ", ".join(filter(None, [times, "this letter was sent" if view.sent else ""])), "muted")
        )
    if trace:
        lines += [Text(f"    {text_of(line)}", "muted") for line in view.stacktrace.splitlines()]
    return Text("\n").join(lines)


def _letters(count: int) -> str:
    return f"{count} letter{'s' * (count != 1)}"


def _clock(timestamp: int) -> str:
    """Local time; a timestamp that no calendar has is shown as it is."""
    try:
        return datetime.fromtimestamp(timestamp / 1000).isoformat(sep=" ", timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(timestamp)
