"""A try-out as a test: its results against those of a file, or of another topology on the same input."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kstream_cli.broker.samples import Sample
from kstream_cli.commands.loading.module_loader import REVISION
from kstream_cli.commands.loading.revision import checked_out, named_in_errors, path_in
from kstream_cli.commands.loading.separate_process import run_apart
from kstream_cli.commands.output.json_schemas import WrittenRecord
from kstream_cli.commands.output.record_text import headers_text, json_text
from kstream_cli.commands.output.standard_streams import say, write
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.commands.trying.comparison import Comparison
from kstream_cli.commands.trying.recording import Recording
from kstream_cli.commands.trying.trial import JsonPrinter, Trial

EPOCH_MS = 0
"""When records that name no time are fed in, so that each run gives the same results."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A trial on input that is fed in the same way each time."""

    trial: Trial
    samples: tuple[Sample, ...]
    advance_ms: int
    timestamps: bool = False

    @classmethod
    def of(cls, trial: Trial, samples: Iterable[Sample], *, advance_ms: int, timestamps: bool) -> Replay:
        """Records without a time have that of the first record that names one."""
        given = tuple(samples)
        start = next((each.timestamp for each in given if each.timestamp is not None), EPOCH_MS)
        timed = tuple(each if each.timestamp is not None else replace(each, timestamp=start) for each in given)
        return cls(trial, timed, advance_ms, timestamps)

    def against_file(self, file: str, *, stores: bool, update: bool) -> Comparison:
        """Compare with the results in a file; with `update` write them there when all has been compared.

        Rows of stores are compared where the file has some, or `stores` asks for them.
        """
        is_new = update and not (start_folder() / file).exists()
        expected = Recording() if is_new else Recording.of_file(file)
        got = self._recorded(stores=stores or expected.has_rows)
        comparison = self._compared(expected, got)
        if update:
            got.write(file)
        return comparison

    def against(self, module: str, own: str | None, arguments: Sequence[str]) -> Comparison:
        """Compare with what another module, or a revision of this one, makes of the input: records and rows of stores.

        `own` is this module as it was named: where `git:REV` names no path, it is that of the other one.
        The other one runs in a process of its own, with the same settings. Raises ModuleError where it fails.
        """
        with tempfile.TemporaryDirectory(prefix="kstream-") as folder:
            file = Path(folder) / "input.ndjson"
            file.write_text("".join(f"{_line(sample)}\n" for sample in self.samples), encoding="utf-8")
            options = ["--input", str(file), "--json", "--stores", "--advance", str(self.advance_ms / 1000)]
            options += ["--partitions", str(self.trial.partitions), *arguments]
            if module.startswith(REVISION):
                with checked_out(module, start_folder()) as (path, inside), named_in_errors(module, inside):
                    expected = _run(path or _inside(own), inside, options)
            else:
                expected = _run(module, start_folder(), options)
        return self._compared(expected, self._recorded(stores=True))

    def _recorded(self, *, stores: bool) -> Recording:
        recording = Recording()
        printer = JsonPrinter(self.trial.partitions > 1, recording.take)
        self.trial.run(self.samples, printer, advance_ms=self.advance_ms, stores=stores)
        return recording

    def _compared(self, expected: Recording, got: Recording) -> Comparison:
        partitions = self.trial.partitions > 1
        return Comparison.of(expected, got, timestamps=self.timestamps, partitions=partitions)


def _inside(module: str | None) -> str | None:
    """The same module in a checkout of this folder."""
    if module is not None and module.startswith(REVISION):
        return path_in(module)
    path = Path(module or "")
    return str(path.relative_to(start_folder())) if path.is_relative_to(start_folder()) else module


def show(comparison: Comparison, *, json: bool) -> None:
    """Write what differs; the verdict of --json goes to standard error."""
    if json:
        for difference in comparison.differences:
            write(json_text(difference))
        say(comparison.verdict())
    else:
        comparison.show()
        write(comparison.verdict())


def _run(module: str | None, folder: Path, options: Sequence[str]) -> Recording:
    return Recording.of_text(run_apart(["try", *([module] if module else []), *options], folder))


def _line(sample: Sample) -> str:
    return json_text(
        WrittenRecord(
            topic=sample.topic,
            key=sample.key,
            value=sample.value,
            timestamp=sample.timestamp,
            headers=headers_text(sample.headers),
        )
    )
