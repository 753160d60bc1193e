"""What `kstream run` shows while it runs: a live table on a terminal, log lines elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.logging import RichHandler
from rich.table import Table
from rich.text import Text

from kstream_cli.commands.output.console import console
from kstream_cli.commands.running.log_lines import log_to, terminal_handlers
from kstream_cli.commands.running.run_summary import held_by, reasons_text, stream_time_text
from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.runtime.threads.progress import TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.thread_summary import counted

SUMMARY_SECONDS = 5.0
WIDE = 120
"""Columns of a terminal that has room for more."""
WIDE_COLUMNS = ("filtered", "dropped", "held", "stream time")
ENDED = ("NOT_RUNNING", "ERROR")

STATE_ROLES = {"running": "green", "error": "bold red", "dead": "red"}


class RunView(Protocol):
    """Where a running application tells how it is."""

    def started(self) -> None: ...
    def state(self, state: str) -> None: ...
    def progress(self, threads: Sequence[ThreadProgress]) -> None: ...
    def line(self, text: Text) -> None:
        """Show a result."""

    def log_line(self, text: Text) -> None:
        """Show what another process logged."""

    def ended(self) -> None: ...


def run_view(name: str, config: Config, *, ends_on_error: bool = False) -> RunView:
    """A live view where standard output is a terminal that can move its cursor, else log lines.

    `ends_on_error`: the first error ends the command, which shows it then.
    """
    out = console()
    if out.is_terminal and not out.is_dumb_terminal:
        return LiveView(name, config, out, ends_on_error=ends_on_error)
    return LogView(name, config)


class Rates:
    """Records a second of each task, from one look to the next."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[float, int]] = {}
        self._rates: dict[str, float] = {}

    def of(self, task: TaskProgress, moment: float) -> float:
        before = self._seen.get(task.task)
        if before is None or task.processed < before[1]:
            self._seen[task.task] = (moment, task.processed)
            return self._rates.get(task.task, 0.0)
        seconds = moment - before[0]
        if seconds >= 1.0:
            self._rates[task.task] = (task.processed - before[1]) / seconds
            self._seen[task.task] = (moment, task.processed)
        return self._rates.get(task.task, 0.0)


class FinalError(logging.Filter):
    """Leaves out the error that ends the application: the command itself says it, below the table."""

    def __init__(self) -> None:
        super().__init__()
        self._final: str | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name != "kstream_cli.runtime.uncaught_exceptions" or record.levelno < logging.ERROR:
            return True
        text = record.getMessage().partition(" ended with ")[2] or record.getMessage()
        if self._final is None:
            self._final = text
        return text != self._final


class LiveView:
    """A table of threads and tasks that stays at the bottom; results and log lines scroll by above it."""

    def __init__(self, name: str, config: Config, out: Console, *, ends_on_error: bool = False) -> None:
        self._ends_on_error = ends_on_error
        self._name = name
        self._config = config
        self._console = out
        self._rates = Rates()
        self._state = "CREATED"
        self._threads: Sequence[ThreadProgress] = ()
        self._began = time.monotonic()
        self._redirected: list[logging.StreamHandler[Any]] = []
        self._live = Live(console=out, refresh_per_second=4, transient=False)

    def started(self) -> None:
        # What the table shows anyway is not logged beside it.
        handler = RichHandler(logging.WARNING, self._console, show_path=False, log_time_format="%X", markup=False)
        if self._ends_on_error:
            handler.addFilter(FinalError())
        log_to(handler, "[%(where)s] %(message)s", self._config)
        self._redirected = terminal_handlers()
        self._live.start()
        for each in self._redirected:
            each.setStream(sys.stderr)  # now the live table's, which moves down for a line

    def state(self, state: str) -> None:
        self._state = state
        self._live.update(self._drawn())

    def progress(self, threads: Sequence[ThreadProgress]) -> None:
        self._threads = threads
        self._live.update(self._drawn())

    def line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    log_line = line

    def ended(self) -> None:
        self._live.stop()
        for each in self._redirected:
            each.setStream(sys.stderr)

    def _drawn(self) -> RenderableType:
        seconds = int(time.monotonic() - self._began)
        title = Text.assemble(
            (self._name, "title"),
            "  ",
            (self._state, _state_role(self._state)),
            (f"  {self._config.application_id} at {self._config.bootstrap_servers}", "muted"),
            (f"  {seconds // 60}:{seconds % 60:02}", "muted"),
        )
        table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), title_style="")
        for column in ("thread", "task", "state"):
            table.add_column(column, header_style="muted", no_wrap=True)
        # Where room is short, the partitions give way: they are long, and the task tells the most of them.
        table.add_column(_cut("partitions"), header_style="muted")
        is_wide = self._console.width >= WIDE
        for column in ("records/s", "in", "out", "lag", "commit", *(WIDE_COLUMNS if is_wide else ())):
            table.add_column(column, header_style="muted", justify="right", no_wrap=True)
        for thread in self._threads:
            _add_thread(table, thread, self._rates, ended=self._state in ENDED, is_wide=is_wide)
        return Group(table, *_notes(self._threads))


class LogView:
    """Log lines on standard error, a summary every few seconds among them; results on standard output."""

    def __init__(self, name: str, config: Config) -> None:
        self._log = logger("kstream")
        self._name = name
        self._config = config
        self._out = console()
        self._err = console(error=True)
        given = "log.summary.interval.ms" in config.original
        self._every = config.log_summary_interval_ms / 1000 if given else SUMMARY_SECONDS
        self._said = time.monotonic()
        self._processed = 0

    def started(self) -> None:
        handler = logging.StreamHandler(sys.stderr)
        log_to(handler, "%(asctime)s %(levelname)s [%(where)s] %(message)s", self._config)
        self._log.info("%s: %s at %s", self._name, self._config.application_id, self._config.bootstrap_servers)

    def state(self, state: str) -> None:
        """The runtime logs each change of state itself."""

    def progress(self, threads: Sequence[ThreadProgress]) -> None:
        now = time.monotonic()
        if 0 <= self._every <= now - self._said:
            self._summarise(threads, now - self._said)
            self._said = now

    def line(self, text: Text) -> None:
        self._out.print(text, soft_wrap=True)

    def log_line(self, text: Text) -> None:
        self._err.print(text, soft_wrap=True)

    def ended(self) -> None:
        self._out.file.flush()

    def _summarise(self, threads: Sequence[ThreadProgress], seconds: float) -> None:
        tasks = [task for thread in threads for task in thread.tasks]
        processed = sum(task.processed for task in tasks)
        rate = max(0, processed - self._processed) / seconds
        self._processed = processed
        lags = [task.lag for task in tasks if task.lag is not None]
        restoring = sum(bool(task.restoring) for task in tasks)
        self._log.info(
            "%s, %s, %s records/s, lag %s, %s%s",
            counted(len(tasks), "task"),
            counted(len(threads), "thread"),
            f"{rate:,.0f}",
            f"{sum(lags):,}" if lags else "unknown",
            counted(sum(thread.commits for thread in threads), "commit"),
            f", {restoring} restoring" if restoring else "",
        )


def _add_thread(table: Table, thread: ThreadProgress, rates: Rates, *, ended: bool, is_wide: bool) -> None:
    """What was last heard of a thread; once the application has ended, nothing of it runs."""
    name = thread.thread.rpartition("-")[2] or thread.thread
    if not thread.tasks:
        table.add_row(name, "", _state("DEAD" if ended else thread.state))
    for position, task in enumerate(thread.tasks):
        table.add_row(
            name if position == 0 else "",
            task.task,
            _state("closed" if ended else _doing(task)),
            _cut(_partitions(task)),
            f"{rates.of(task, thread.time):,.0f}",
            f"{task.processed:,}",
            _number(task.sent),
            "" if task.lag is None else f"{task.lag:,}",
            "" if task.last_commit is None else f"{max(0.0, time.time() - task.last_commit):.0f} s ago",
            *(_more(task) if is_wide else ()),
        )


def _doing(task: TaskProgress) -> str:
    return task.state if task.away is None else f"waits for {task.away}"


def _more(task: TaskProgress) -> tuple[str, ...]:
    """What is shown where there is room: records filtered, dropped and held, and the stream time's time of day."""
    time_of_day = "" if task.stream_time < 0 else stream_time_text(task.stream_time).rpartition(" ")[2]
    dropped, held = sum(count for _, count in task.dropped), sum(count for _, count, _ in task.held)
    return _number(task.filtered), f"{dropped:,}", f"{held:,}", time_of_day


def _notes(threads: Sequence[ThreadProgress]) -> Iterator[Text]:
    """Why records were dropped, and what is held back, below the table: reasons are long."""
    dropped: Counter[str] = Counter()
    for thread in threads:
        dropped.update(dict(thread.dropped))
    if dropped:
        yield _cut(f"dropped: {reasons_text(dropped)}")
    for store, count, first in held_by(task for thread in threads for task in thread.tasks):
        yield _cut(f"held: {count:,} in {store}, the first of {stream_time_text(first)}")


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _cut(text: str) -> Text:
    """One line, of which as much is shown as there is room for."""
    return Text(text, "muted", no_wrap=True, overflow="ellipsis")


def _state(state: str) -> Text:
    return Text(state, _state_role(state))


def _state_role(state: str) -> str:
    return STATE_ROLES.get(state.lower(), "yellow")


def _partitions(task: TaskProgress) -> str:
    """What the task reads, or how far its stores are restored."""
    if task.restoring:
        return ", ".join(
            f"{each.store} {each.restored:,} of "
            + (f"{each.restored + each.remaining:,}" if each.remaining is not None else "?")
            for each in task.restoring
        )
    return ", ".join(f"{topic}-{partition}" for topic, partition in task.partitions)
