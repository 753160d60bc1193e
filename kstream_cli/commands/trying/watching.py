"""Watches a try-out: shows the way of the records that are asked for, then sums up, and draws them on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kstream_cli.broker.samples import Sample
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.pager import show as show_lines
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import write
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.trying.explanations import Explanations
from kstream_cli.commands.trying.summary import show, summaries
from kstream_cli.commands.trying.trace_paths import Trace, TracePaths
from kstream_cli.described.model import DescribedTopology
from kstream_cli.errors import StreamsError
from kstream_cli.printable import printable
from kstream_cli.render import page
from kstream_cli.render.tree import Line
from kstream_cli.testing.trace.tracer import Tracer
from kstream_cli.topology.topology import Topology

MOST_NAMED = 5
"""Records that an error lists."""


@dataclass(slots=True)
class Watching:
    """What is shown of a try-out beside its results."""

    tracer: Tracer
    topology: DescribedTopology
    picks: Sequence[str] = ()
    """Keys, topics and topic@number of the records to show; none for all."""
    traces: bool = False
    """Whether their way is written."""
    json: bool = False
    keeps_paths: bool = False
    """Whether they will be drawn."""
    pager: bool = False
    """Whether what is traced is kept until it can be paged, on a terminal; else it is written at once."""
    _fed: Counter[str] = field(default_factory=Counter)
    _known: list[str] = field(default_factory=list)
    _paths: list[page.Path] = field(default_factory=list)
    _lines: list[Line] = field(default_factory=list)
    _is_found: bool = False

    @classmethod
    def of(
        cls,
        topology: Topology,
        described: DescribedTopology,
        *,
        picks: Sequence[str],
        traces: bool,
        json: bool,
        keeps_paths: bool,
        pager: bool,
    ) -> Watching:
        is_paged = pager and traces and not json and console().is_terminal
        return cls(Tracer(Explanations.of(topology)), described, picks, traces, json, keeps_paths, is_paged)

    def fed(self, sample: Sample) -> None:
        """A record was fed in, and all that came of it is done."""
        trace = Trace.of_sample(sample, self._fed[sample.topic], self.tracer.taken())
        self._fed[sample.topic] += 1
        if len(self._known) < MOST_NAMED:
            self._known.append(trace.record)
        if trace.is_picked(self.picks):
            self._is_found = True
            self._show(trace)

    def advanced(self) -> None:
        """The wall clock was advanced; what came of it belongs to no record, and is left out where some are picked."""
        steps = self.tracer.taken()
        if len(steps) > 1 and not self.picks:
            self._show(Trace("wall clock", tuple(steps)))

    def check_picks(self) -> None:
        """Raise StreamsError where no record was picked."""
        if self.picks and not self._is_found:
            known = f"there were {', '.join(self._known)}, …" if self._known else "there was no record"
            raise StreamsError(
                f"no record has the key, topic or topic@number {printable(self.picks[0])!r}: {known}\n"
                "--trace alone shows them all."
            )

    def sum_up(self) -> None:
        """Write what each processor did."""
        found = summaries(self.tracer, self.topology)
        if not self.json:
            show(found, self.topology)
            return
        for each in found:
            write(json_text(each))

    def draw(self, file: Path) -> None:
        """Write the page on which the records' ways are stepped through."""
        try:
            text = page.page_of([self.topology], paths=self._paths)
            (start_folder() / file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StreamsError(f"{file} cannot be written: {error.strerror}") from error

    def _show(self, trace: Trace) -> None:
        paths = TracePaths(self.topology)
        if self.keeps_paths:
            self._paths.append(paths.path(trace))
        if self.traces and self.json:
            for step in paths.json_steps(trace):
                write(json_text(step))
        elif self.traces:
            self._lines += paths.lines(trace)
            if not self.pager:
                self.write_out()

    def write_out(self) -> None:
        """Show what was kept to be paged."""
        if self._lines:
            show_lines(console(), self._lines, pager=self.pager)
            self._lines = []
