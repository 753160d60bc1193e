"""Shows what a look at the machine and the cluster found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text

from kstream_cli.commands import exit_codes
from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.output.console import console
from kstream_cli.commands.output.failure import lines_of
from kstream_cli.commands.output.record_text import json_text
from kstream_cli.commands.output.standard_streams import results, write
from kstream_cli.commands.output.status_schemas import Diagnosed
from kstream_cli.errors import ConfigError
from kstream_cli.operations.cluster_diagnosis import cluster_diagnosis
from kstream_cli.operations.diagnosis import Diagnosis, ok, problem, warning
from kstream_cli.operations.machine_diagnosis import machine_diagnosis
from kstream_cli.printable import printable

_WORDS = {"ok": ("ok", "green"), "warning": ("warning", "warning"), "problem": ("problem", "bold red")}


def examine(versions: Mapping[str, str], **named: Any) -> Iterator[Diagnosis]:
    """Look at all that can be looked at; `named` are the options of `Target.of`."""
    yield ok("versions", ", ".join(f"{name} {versions[name]}" for name in _NAMED if name in versions))
    try:
        target = Target.of(**named)
    except ConfigError:
        raise
    except Exception as error:  # Whatever the user's module raises.
        yield problem("topology", " ".join(line.strip() for line in lines_of(error)[:2]), "kstream check says more.")
        target = Target.of(**{**named, "module": None}, is_alone=True)
    else:
        if target.topology is not None:
            yield ok("topology", f"{target.config.application_id} loads")
    yield from machine_diagnosis(target.config, target.topology)
    try:
        connected = target.connected()
    except ConfigError as error:
        yield warning("cluster", str(error).splitlines()[0], "Nothing of a cluster was looked at.")
        return
    yield from cluster_diagnosis(connected.config, connected.topology)


def show(found: Iterable[Diagnosis], *, json: bool) -> int:
    """Write each line as it is found; the exit code."""
    worst, terminal = exit_codes.DONE, console()
    for each in found:
        if each.level == "problem":
            worst = exit_codes.FAILED
        if json:
            write(json_text(Diagnosed(check=each.check, level=each.level, finding=each.finding, remedy=each.remedy)))
        else:
            word, role = _WORDS[each.level]
            terminal.print(
                Text.assemble((f"{word:<8}", role), f" {each.check}: {printable(each.finding)}"), soft_wrap=True
            )
            if each.remedy:
                terminal.print(Text(f"         {printable(each.remedy)}", "muted"), soft_wrap=True)
        results().flush()
    return worst


_NAMED = ("kstream", "python", "confluent-kafka", "librdkafka", "rocksdict", "rocksdb", "embedded broker")
