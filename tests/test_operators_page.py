"""docs/reference/operators.md promises names: each one exists."""

import re
from pathlib import Path

import pytest

import kstream_cli

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "operators.md"


def promised_names() -> list[str]:
    names = set()
    for line in PAGE.read_text().splitlines():
        cells = line.split("|")
        if len(cells) == 5 and not line.startswith("| ---"):
            names.update(re.findall(r"`([A-Z]\w*(?:\.\w+)?)`", cells[2]))
    return sorted(names)


def test_the_page_names_something():
    assert len(promised_names()) > 100


@pytest.mark.parametrize("name", promised_names())
def test_a_name_on_the_page_exists(name):
    found = kstream_cli
    for part in name.split("."):
        found = getattr(found, part)


@pytest.mark.parametrize(
    "kind", ["StreamsBuilder", "KStream", "KTable", "KGroupedStream", "KGroupedTable", "KafkaStreams", "Topology"]
)
def test_every_public_method_of_a_class_is_on_the_page(kind):
    inside = {
        "getter",
        "require_same_builder",
        "send_old_values",
        "kept",
        "burn_for_count",
        "repartitioned",
        "aggregation",
        "of",
    }
    inside |= {"add_node", "add_store", "add_global", "add_internal_topic", "validate", "topic_name", "children"}
    inside |= {
        "clusters",
        "known_topic",
        "own_name",
        "subtopologies",
        "wait",
        "add_processor" if kind.startswith("K") else "validate",
    }
    methods = {
        name
        for name in dir(getattr(kstream_cli, kind))
        if not name.startswith("_") and callable(getattr(getattr(kstream_cli, kind), name)) and name not in inside
    }
    text = PAGE.read_text()
    assert {name for name in methods if f"{kind}.{name}`" not in text} == set()
