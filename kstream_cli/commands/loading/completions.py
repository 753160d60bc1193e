"""Words that a shell offers at Tab: settings, profiles, and what stands inside modules. No cluster is asked."""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kstream_cli.commands.loading.module_loader import load_module, project_folder
from kstream_cli.commands.loading.project_table import project_table, table_in
from kstream_cli.commands.loading.settings import gather
from kstream_cli.config import Config
from kstream_cli.config.client_settings import known_settings
from kstream_cli.config.keys import config_keys
from kstream_cli.config.names import PREFIXES
from kstream_cli.errors import ConfigError
from kstream_cli.operations.topic_types import TopicTypes
from kstream_cli.topology.topology import Topology


def setting_names(incomplete: str) -> list[str]:
    """`key=` for each key that begins so; after the `=` true and false, for a key that takes them."""
    name, equals, value = incomplete.partition("=")
    if equals:
        is_switch = any(key.name == name and key.kind == "boolean" for key in config_keys())
        return [f"{name}={word}" for word in ("true", "false") if is_switch and word.startswith(value)]
    names = {key.name for key in config_keys() if not key.name.startswith("__")} | known_settings()
    prefix = next((prefix for prefix in PREFIXES if name.startswith(prefix)), None)
    if prefix is not None:
        names |= {prefix + setting for setting in PREFIXES[prefix] or ()}
    return sorted(f"{each}=" for each in names if each.startswith(name))


def names_in_module(incomplete: str) -> list[str]:
    """`path.py:name` for what the file defines at its top: read, not run."""
    path, _, begun = incomplete.rpartition(":")
    try:
        tree = ast.parse((Path.cwd() / path).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return []
    names = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return [f"{path}:{name}" for name in dict.fromkeys(names) if name.startswith(begun) and name[0] != "_"]


def profile_names(incomplete: str) -> list[str]:
    """The profiles of pyproject.toml."""
    try:
        table = project_table(project_folder(Path.cwd()) / "pyproject.toml")
        return sorted(name for name in table_in(table, "profiles", "") if name.startswith(incomplete))
    except ConfigError:
        return []


def topic_names(given: Mapping[str, Any], incomplete: str) -> list[str]:
    """The topics of the module that is named so far, internal ones among them."""
    built = _built(given)
    if built is None:
        return []
    types = TopicTypes(*built)
    dead = built[1].errors_dead_letter_queue_topic_name
    names = [*types.inputs, *types.outputs, *types.repartition, *types.changelogs.values(), *([dead] if dead else [])]
    return _beginning(names, incomplete)


def store_names(given: Mapping[str, Any], incomplete: str) -> list[str]:
    """The stores of the module that is named so far."""
    built = _built(given)
    return [] if built is None else _beginning([*built[0].stores, *built[0].global_stores], incomplete)


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]


def _built(given: Mapping[str, Any]) -> tuple[Topology, Config] | None:
    """The module's topology, if it can be loaded. What it prints must not land in the user's line."""
    with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
        module = load_module(given.get("module"))
        settings = gather(module, file=given.get("config"), assignments=given.get("assignments"))
        return module.build(settings), Config.from_mapping(settings)
    return None
