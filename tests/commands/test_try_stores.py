"""Every kind of store is shown by `kstream try --stores`."""

import json
import shutil
from pathlib import Path

import pytest

ALL_KINDS = Path(__file__).with_name("stores_of_all_kinds.py")
HELD = {
    "counted": [["a", 1], ["b", 1]],
    "limit-store": [["a", 1], ["b", 1]],
    "windows": [[["a", 0, 60000], 1], [["b", 0, 60000], 1]],
    "closed-store": [[["a", 0, 60000], 1], [["b", 0, 60000], 1]],
    "sessions": [[["a", 1000, 1000], 1], [["b", 2000, 2000], 1]],
    "sliding": [[["a", 0, 60000], 1], [["b", 0, 60000], 1]],
    "right-store": [["r", "R"]],
    "left-store": [["l", "r"]],
    "versioned": [["a", "x"], ["b", "y"]],
    "lru": [["a", "x"], ["b", "y"]],
    "plain": [["a", "x"], ["b", "y"]],
    "held-versions": [["a", "H"]],
    "graced-Buffer": [["a", "x"], ["b", "y"]],
    "glob-store": [["g", "1"]],
}
JOINS = ("KSTREAM-OUTERTHIS", "KSTREAM-OUTEROTHER", "KSTREAM-OUTERSHARED", "KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE")


@pytest.fixture
def all_kinds(project):
    shutil.copy(ALL_KINDS, project / "kinds.py")
    return "kinds.py"


SETTINGS = ["default.dsl.store=rocksDB", "default.dsl.store=in_memory", "dsl.store.format=HEADERS"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_kind_of_store_is_shown(kstream, all_kinds, setting):
    outcome = kstream("try", all_kinds, "--stores", "--json", "--set", setting)
    assert (outcome.code, outcome.err) == (0, "")
    held = {}
    for row in map(json.loads, outcome.out.splitlines()):
        if "store" in row:
            held.setdefault(row["store"], []).append([row["key"], row["value"]])
    for join in JOINS:
        assert any(store.startswith(join) for store in held)
    assert {store: rows for store, rows in held.items() if not store.startswith(JOINS)} == HELD


def test_every_kind_of_store_is_shown_to_people(kstream, all_kinds):
    lines = kstream("try", all_kinds, "--stores").out.splitlines()
    for store in HELD:
        assert lines[lines.index(store) + 1].startswith("  ")


def test_a_store_of_a_users_own_kind_is_named_where_it_cannot_be_listed(kstream, project):
    (project / "own.py").write_text(OWN)
    outcome = kstream("try", "own.py", "--stores")
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith("mine\n  a store of your own without all(): what it holds cannot be listed\n")


OWN = """
from dataclasses import dataclass
from kstream_cli import Processor, StreamsBuilder
from kstream_cli.state.store import StateStore, StoreBuilder


class Own(StateStore):
    persistent = False
    committed_offset = None

    def __init__(self, name):
        self.name = name

    def open(self, context):
        self.is_open = True

    def restore(self, records): ...
    def flush(self): ...
    def commit(self, offset): ...
    def close(self):
        self.is_open = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBuilder(StoreBuilder):
    def build(self):
        return Own(self.name)

    def changelog_defaults(self, config):
        return {}


class Nothing(Processor):
    def process(self, record): ...


builder = StreamsBuilder()
builder.add_state_store(OwnBuilder(name="mine", logging=False))
builder.stream("in", key=str, value=str).process(Nothing, stores=["mine"])
samples = {"in": ["x"]}
"""
