"""A described topology as JSON: what `describe --json` writes and every command reads again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from kstream_cli.described.model import ClusterView, DescribedTopology
from kstream_cli.errors import TopologyError

SCHEMA = "kstream/topology"
SEVERAL = "kstream/topologies"
VERSION = 1


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster said when it was asked. `tasks` has the number of tasks of each subtopology, by its number."""

    bootstrap_servers: str
    partitions: dict[str, int | None]
    missing: tuple[str, ...]
    tasks: dict[str, int | None]


class SavedTopology(DescribedTopology, frozen=True, omit_defaults=False, kw_only=True):
    """A described topology with the name and version of its schema.

    Versions are whole numbers. A later version is one that this kstream cannot read; fields may be added without one.
    """

    schema: Literal["kstream/topology"]
    version: Literal[1]
    cluster: Cluster | None = None


class SavedTopologies(msgspec.Struct, frozen=True, kw_only=True):
    """Several topologies, in the order in which they were asked for."""

    schema: Literal["kstream/topologies"]
    version: Literal[1]
    topologies: tuple[SavedTopology, ...]


def json_of(topology: DescribedTopology, cluster: ClusterView | None = None) -> str:
    """The JSON text, indented."""
    return _text(_fields(topology, cluster))


def json_of_all(topologies: Sequence[DescribedTopology], cluster: ClusterView | None = None) -> str:
    """The JSON text of several topologies; of a single one, that one's."""
    if len(topologies) == 1:
        return json_of(topologies[0], cluster)
    return _text({"schema": SEVERAL, "version": VERSION, "topologies": [_fields(one, cluster) for one in topologies]})


def _fields(topology: DescribedTopology, cluster: ClusterView | None) -> dict[str, Any]:
    saved = SavedTopology(
        **{name: getattr(topology, name) for name in DescribedTopology.__struct_fields__},
        schema="kstream/topology",
        version=1,
        cluster=None if cluster is None else _cluster(topology, cluster),
    )
    fields = msgspec.to_builtins(saved)
    # A script may go through these lists without asking first whether they are there.
    lists: dict[str, Any] = {name: fields.get(name, []) for name in ("global_stores", "internal_topics")}
    return {"schema": fields.pop("schema"), "version": fields.pop("version"), **fields, **lists}


def _text(document: dict[str, Any]) -> str:
    # Not by msgspec, which refuses half characters: a node may be named by any text of Python's.
    return json.dumps(document, indent=2, ensure_ascii=False)


def from_json(text: str) -> DescribedTopology:
    """Read a saved topology. Raises TopologyError that names the line, the field, or the version."""
    found = from_document(parsed(text))
    if len(found) != 1:
        raise TopologyError(f"one topology was expected, and there are {len(found)}")
    return found[0]


def from_document(document: Any) -> list[DescribedTopology]:
    """The topologies of parsed JSON: one, or those that were saved together."""
    if isinstance(document, dict) and document.get("schema") == SEVERAL:
        check_version(document, SEVERAL, VERSION)
        topologies = document.get("topologies")
        if not isinstance(topologies, list):
            raise TopologyError(f'"topologies" of {SEVERAL} is no list')
        return [each for one in topologies for each in from_document(one)]
    check_version(document, SCHEMA, VERSION)
    return [_converted(document)]


def parsed(text: str) -> Any:
    """Any JSON. Raises TopologyError with the line and column where it is broken."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        pass
    try:
        return json.loads(text)  # takes half characters as well, in which a name may be written
    except json.JSONDecodeError as error:  # says where
        cut = "; the text ends too early" if error.pos >= len(text.rstrip()) else ""
        raise TopologyError(f"line {error.lineno}, column {error.colno}: no valid JSON: {error.msg}{cut}") from error


def check_version(document: Any, schema: str, version: int) -> None:
    """Raise TopologyError unless the document is of that schema, in a version that can be read."""
    if not isinstance(document, dict) or document.get("schema") != schema:
        found = document.get("schema") if isinstance(document, dict) else None
        said = f'its "schema" is {found!r}' if found else 'it has no "schema"'
        raise TopologyError(f'this JSON is no topology: {said}, where kstream describe --json writes "{schema}"')
    found = document.get("version")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise TopologyError(f'"version" of this topology is {found!r}: a whole number was expected')
    if found > version:
        raise TopologyError(
            f"this topology was saved in version {found} of {schema}, and this kstream reads up to {version}: "
            "update kstream"
        )


def _converted(document: dict[str, Any]) -> DescribedTopology:
    try:
        return msgspec.convert(document, DescribedTopology)
    except msgspec.ValidationError as error:
        raise TopologyError(f"this JSON is no topology that kstream describe --json wrote: {error}") from error


def _cluster(topology: DescribedTopology, cluster: ClusterView) -> Cluster:
    return Cluster(
        bootstrap_servers=cluster.bootstrap_servers,
        partitions=dict(sorted(cluster.partitions.items())),
        missing=tuple(sorted(cluster.missing())),
        tasks={str(part.id): cluster.tasks(part) for part in topology.subtopologies},
    )
