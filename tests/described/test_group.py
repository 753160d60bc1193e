"""The topology that a group's coordinator knows, as a described one."""

from __future__ import annotations

from typing import Any

import pytest

from kstream_cli import Config, StreamsBuilder
from kstream_cli.described.built import described
from kstream_cli.described.group import from_group, has_description
from kstream_cli.errors import TopologyError
from kstream_cli.runtime.streams_group.wire_topology import wire_description, wire_topology


def topology():
    builder = StreamsBuilder()
    builder.global_table("rates", key=str, value=str, store="rates-by-day")
    (
        builder.stream("lines", key=str, value=str)
        .group_by(lambda key, line: line, key=str, value=str)
        .count(store="counts")
        .to_stream()
        .to("counts-out", value=int)
    )
    return builder.build()


def answer(*, described: bool, ready: bool = True) -> dict[str, Any]:
    """What a coordinator says of a group that runs it."""
    config = Config.from_mapping({"application.id": "app"})
    shown = wire_topology(topology(), config)
    metadata = [
        {name: value for name, value in each.items() if name not in ("source_topic_regex", "copartition_groups")}
        for each in shown["subtopologies"]
    ]
    return {
        "group_id": "app",
        "topology": {"epoch": 0, "subtopologies": metadata if ready else None},
        "topology_description_status": 3 if described else 1,
        "topology_description": wire_description(topology(), "app") if described else None,
    }


def links(found):
    return {node.name: (node.kind, node.topics, node.stores, node.parents, node.children) for node in found.nodes()}


def test_a_description_has_the_nodes_of_the_topology_itself():
    found = from_group(answer(described=True))
    assert links(found) == links(described(topology(), name="app", application_id="app"))
    assert [store.changelog for store in found.stores() if store.name == "counts"] == ["app-counts-changelog"]
    assert found.internal_topics == ("app-counts-repartition",)


def test_without_a_description_each_part_has_its_topics_and_stores():
    group = answer(described=False)
    assert not has_description(group)
    found = from_group(group)
    assert [part.source_topics for part in found.subtopologies] == [("lines",), ("app-counts-repartition",)]
    assert [[store.name for store in part.stores] for part in found.subtopologies] == [[], ["counts"]]
    assert links(found)["repartition of subtopology 1"] == (
        *("sink", ("app-counts-repartition",), ()),
        *(("processors of subtopology 1",), ()),
    )


def test_a_group_whose_topics_are_missing_has_no_topology_to_show():
    with pytest.raises(TopologyError, match="does not know the topology of group app"):
        from_group(answer(described=False, ready=False))


def test_nodes_of_an_unknown_kind_are_refused():
    group = answer(described=True)
    group["topology_description"]["subtopologies"][0]["nodes"][0]["node_type"] = 9
    with pytest.raises(TopologyError, match="of a kind that is not known here: 9"):
        from_group(group)
