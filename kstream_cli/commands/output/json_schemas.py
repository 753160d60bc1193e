"""The shapes of what commands write with --json, and their JSON Schemas, which are made of these very types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from kstream_cli.changes.finding import Finding, Level
from kstream_cli.commands.output.status_schemas import ApplicationStatus, Diagnosed, Why
from kstream_cli.described.saved import SavedTopologies, SavedTopology

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream check` found: the problems, one text each, and warnings with the ids of `kstream diff`.

    A warning that is `allowed` has the reason of a comment in the code, and does not count for --strict.
    """

    topology: str
    problems: tuple[str, ...]
    warnings: tuple[Finding, ...]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream diff` found. `verdict` is the worst level of the findings that no comment allows."""

    old: str
    new: str
    verdict: Level
    findings: tuple[Finding, ...]


class WrittenRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream try`: a record that a sink wrote. Headers are pairs of a name and a text or null."""

    topic: str
    key: Any
    value: Any
    timestamp: int | None = None
    partition: int | None = None
    headers: tuple[tuple[str, str | None], ...] = ()


class StoreRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream try --stores`: a row that a store holds at the end."""

    store: str
    key: Any
    value: Any
    timestamp: int | None = None
    partition: int | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream try --expect` and `--compare`: the results of one key in a topic or a store that differ.

    `expected` and `got` have a `value` each in order, its `headers` where it has some, and its `timestamp` (in ms) with
    `--timestamps`.
    """

    topic: str | None = None
    store: str | None = None
    key: Any
    partition: int | None = None
    expected: tuple[dict[str, Any], ...]
    got: tuple[dict[str, Any], ...]


Happening: TypeAlias = Literal[
    "fed",
    "advanced",
    "took",
    "read",
    "wrote",
    "sent",
    "crossed",
    "dropped",
    "held",
    "ended",
    "cached",
    "flushed",
    "punctuated",
]
"""What happens in a step of a trace; docs/guides/trace.md tells of each."""


class TraceStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream try --trace`: what happened to a record in one step.

    `record` is the record that was fed in, as topic@number; steps are counted in each, and `after` is the step that
    this one came from. `old` is what a row was before it became `value`. `code` has the places of the node's functions.
    """

    record: str
    step: int
    after: int | None = None
    did: Happening
    node: str | None = None
    code: tuple[str, ...] = ()
    store: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    key: Any = None
    value: Any = None
    old: Any = None
    timestamp: int | None = None
    headers: tuple[tuple[str, str | None], ...] = ()
    reason: str | None = None
    facts: str | None = None


class ProcessorSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream try --summary`: what a node did. `dropped` and `held` are numbers of records by reason.

    `seconds` were spent in the node itself, not in those after it.
    """

    processor: str
    records_in: int
    records_out: int
    dropped: dict[str, int]
    held: dict[str, int]
    seconds: float


class SeenRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream peek`: a record as it is on the cluster. `kstream send` and `kstream try` take it, too."""

    topic: str
    partition: int
    offset: int
    key: Any
    value: Any
    timestamp: int
    headers: tuple[tuple[str, str | None], ...] = ()


class ApplicationTopic(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream topics list` and `check`: what a topic is, and what it should be."""

    topic: str
    role: Literal["source", "sink", "dead letter", "repartition", "changelog", "other"]
    partitions: int | None
    """None: the topic is missing."""
    wanted_partitions: int | None
    """None: any number does, or it is not known yet."""
    settings: dict[str, str]
    wanted_settings: dict[str, str]
    problems: tuple[str, ...]


class ResetOffset(msgspec.Struct, frozen=True, kw_only=True):
    """Where the application goes on in one partition of its input."""

    topic: str
    partition: int
    before: int | None
    """None: nothing was committed."""
    after: int


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream reset` did, or with --dry-run would do."""

    application_id: str
    done: bool
    offsets: tuple[ResetOffset, ...]
    delete_topics: tuple[str, ...]
    leave_topics: tuple[str, ...]
    """They may be another application's: its id begins alike."""
    state_directory: str | None
    """The local state that is deleted; None: there is none here."""


class QueriedRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `kstream query`: a row of a store, or with --since a change of one, whose value null is a deletion."""

    store: str
    key: Any
    """Of windows and sessions [key, start, end]."""
    value: Any
    timestamp: int | None = None
    """Left out where the store keeps none."""
    partition: int
    """-1 of a global store that an instance has."""
    offset: int | None = None
    """Of the changelog record; left out where an instance was asked."""
    valid_to: int | None = None
    """Of a version that holds no more: until when it held."""


class DeadLetterGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream dlq list`: dead letters that failed in the same way."""

    exception: str | None
    reason: str
    """The first line of the message; what varies from record to record is left out."""
    processor: str | None
    topic: str | None
    """Where the records came from."""
    letters: int
    open: int
    """How many of them were not sent back."""
    first: int
    """The timestamp of the oldest record."""
    last: int


class ShownLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream dlq show`: a dead letter, with key and value as far as they decode."""

    partition: int
    offset: int
    """The place in the dead letter topic."""
    timestamp: int
    key: Any
    value: Any
    headers: tuple[tuple[str, str | None], ...]
    exception: str | None
    message: str | None
    processor: str | None
    topic: str | None
    source_partition: int | None
    source_offset: int | None
    replays: int
    """How often the record was sent back before."""
    sent: bool
    """Whether this letter was sent back or put into quarantine."""
    stacktrace: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What `kstream dlq replay` did, or with --dry-run would do."""

    queue: str
    done: bool
    topics: dict[str, int]
    """Topic -> how many letters go back to it."""
    quarantine: int
    sent_before: int
    homeless: int
    """Letters that came from no topic that is there."""


class TriedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream dlq replay --try`: what the code of today does with a dead letter."""

    partition: int
    offset: int
    topic: str | None
    fails: str | None
    """Why it fails again; None: it is processed."""


class ConfigSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `kstream config`: a setting that counts."""

    key: str
    value: str | None
    """None: there is none. Secrets are [hidden]."""
    origin: Literal["flag", "environment", "file", "profile", "module", "default"]
    explanation: str


SHAPES: dict[str, tuple[Any, ...]] = {
    "describe": (SavedTopology, SavedTopologies),
    "check": (Checked,),
    "diff": (Compared,),
    "try": (WrittenRecord, StoreRow, Difference, TraceStep, ProcessorSummary),
    "peek": (SeenRecord,),
    "topics": (ApplicationTopic,),
    "dlq": (DeadLetterGroup, ShownLetter, Replayed, TriedLetter),
    "config": (ConfigSetting,),
    "reset": (Reset,),
    "query": (QueriedRow,),
    "status": (ApplicationStatus,),
    "why": (Why,),
    "doctor": (Diagnosed,),
    "version": (dict[str, str],),
}
"""Command -> what its output is one of; of `try`, `peek`, `topics`, `query` and `doctor` each line is."""


def schema_of(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command writes with --json."""
    shapes = SHAPES[command]
    schemas, definitions = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    schema = schemas[0] if len(shapes) == 1 else {"anyOf": list(schemas)}
    return {"$schema": DIALECT, "title": f"kstream {command} --json", **schema, "$defs": definitions}


def schema_text(command: str) -> str:
    """The same as a file's text."""
    return json.dumps(schema_of(command), indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Write a schema file for each command, as the documentation has them."""
    folder.mkdir(exist_ok=True)
    for command in SHAPES:
        (folder / f"{command}.schema.json").write_text(schema_text(command))
