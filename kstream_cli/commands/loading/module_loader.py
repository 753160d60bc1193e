"""Finds a topology module, imports it and builds its topology: what every command that takes [MODULE] starts with."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from kstream_cli.commands.loading.one_import import import_once
from kstream_cli.commands.loading.project_table import project_table
from kstream_cli.config import Config
from kstream_cli.config.sources import is_known_setting
from kstream_cli.did_you_mean import nearest
from kstream_cli.errors import ConfigError, ModuleError, StreamsError
from kstream_cli.logs import make_last_resort_printable
from kstream_cli.printable import printable
from kstream_cli.topology.topology import Topology

NAMES = ("topology", "builder", "build")
REVISION = "git:"
"""What a module as of a revision begins with."""


@dataclass(frozen=True, slots=True)
class TopologyModule:
    """An imported topology module: what it builds, its settings and its sample records."""

    name: str
    where: Path | None
    target: Any
    config: Mapping[str, Any] = field(default_factory=dict)
    samples: Any = None

    def settings(self) -> dict[str, Any]:
        """The module's own `config`, with an application id made from its name where it gives none."""
        return {"application.id": re.sub(r"[^A-Za-z0-9._-]", "-", self.name), **self.config}

    def build(self, settings: Mapping[str, Any] | None = None) -> Topology:
        """Build the topology under these settings. A StreamsBuilder is finished, a function is called."""
        config = Config.from_mapping(self.settings() if settings is None else settings)
        built = self.target
        if not hasattr(built, "describe") and not hasattr(built, "stream") and callable(built):
            built = built(config) if inspect.signature(built).parameters else built()
        if hasattr(built, "stream") and hasattr(built, "build"):
            built = built.build(config)
        if not isinstance(built, Topology):
            raise ModuleError(
                f"{self.name} gives {built!r:.60} for a topology: a StreamsBuilder or a Topology is needed"
            )
        return built


def load_module(given: str | None, *, folder: Path | None = None) -> TopologyModule:
    """The module that `given` names (`path.py`, `package.module`, each with `:name`), or the project's default one."""
    start = folder or Path.cwd()
    root = project_folder(start)
    reference = given or _default(start, root)
    if given:
        _check_is_module(given, start)
    place, name = _split(reference)
    make_last_resort_printable()
    try:
        if place.endswith(".py") or "/" in place or "\\" in place:
            where = (start if given else root) / place
            module = _import_file(_file(where, root, given=bool(given)))
        else:
            module, where = _import_name(place, start, root), None
    except SystemExit as error:
        raise ModuleError(f"{place} ended Python while it was imported, with exit code {error.code}") from error
    except (SyntaxError, ValueError) as error:
        if "null bytes" not in str(error):
            raise
        raise ModuleError(f"{place} is no Python source: {error}") from error
    label = where.stem if where else place.rpartition(".")[2]
    target = _named(module, name, reference) if name else _only(module, reference)
    config = getattr(module, "config", None) or {}
    if not isinstance(config, Mapping):
        raise ModuleError(f"{reference}: config is a {type(config).__name__}: make it a dict of config keys")
    return TopologyModule(label, where, target, dict(config), getattr(module, "samples", None))


def _check_is_module(given: str, start: Path) -> None:
    """Raise ModuleError for what only describes a topology, and where this command takes no revision."""
    if given.startswith(REVISION):
        raise ModuleError(
            f"{given} is a module as of a revision, and this command needs one that is a file\n"
            "git worktree add FOLDER REV writes the files of a revision to a folder. "
            "kstream describe, graph, diff, check and try take git:REV."
        )
    setting, is_set, _ = given.partition("=")
    if is_set and is_known_setting(setting) and not (start / given).exists():
        raise ModuleError(f"{setting}=… is a setting, not a module: give it with --set")
    is_text = not given.endswith(".py") and (start / given).is_file()
    if is_text or given == "-" or given.startswith(("http://", "https://")):
        raise ModuleError(
            f"{given} describes a topology: it says which nodes there are, but has no functions to run\n"
            "This command needs the Python module itself: a path that ends in .py. "
            "kstream describe, graph and diff take descriptions."
        )


@contextmanager
def module_at_hand(given: str | None) -> Iterator[str | None]:
    """What to load for a command that takes a module as of a revision, too: that one is checked out meanwhile."""
    if given is None or not given.startswith(REVISION):
        yield given
        return
    from kstream_cli.commands.loading.revision import module_of  # takes a tenth of a second

    with module_of(given) as module:
        yield module


def project_folder(start: Path) -> Path:
    """The folder of the nearest pyproject.toml, or `start`."""
    return next((folder for folder in (start, *start.parents) if (folder / "pyproject.toml").is_file()), start)


def topology_files(start: Path) -> list[Path]:
    """The modules in `topologies/`, beside here or in the project's folder."""
    for folder in dict.fromkeys((start, project_folder(start))):
        found = sorted((folder / "topologies").glob("*.py"))
        found = [file for file in found if not file.name.startswith("_")]
        if found:
            return found
    return []


def _split(reference: str) -> tuple[str, str | None]:
    # A drive letter's colon (C:\...) is no separator.
    found = re.fullmatch(r"(?P<place>.+?)(?::(?P<name>[A-Za-z_]\w*(?:\(.*)?))?", reference, re.DOTALL)
    return (found["place"], found["name"]) if found else (reference, None)


def _default(start: Path, root: Path) -> str:
    pyproject = root / "pyproject.toml"
    if pyproject.is_file():
        named = project_table(pyproject).get("topology")
        if isinstance(named, str):
            return named
        if named is not None:
            raise ConfigError(f"{pyproject}: topology of [tool.kstream] is a {type(named).__name__}, not a text")
    files = topology_files(start)
    if len(files) == 1:
        return str(files[0])
    if files:
        names = ", ".join(_shown(file, start) for file in files)
        raise ModuleError(
            f"several topologies here, name one: {names}\n"
            'Or set a default in pyproject.toml: [tool.kstream] topology = "topologies/NAME.py"'
        )
    raise ModuleError(
        "no topology named, and no topologies/ folder here\n"
        "Name one (kstream describe path/to/module.py), or make one: kstream new NAME"
    )


def _file(path: Path, root: Path, *, given: bool) -> Path:
    if path.is_file():
        return path
    nearby = [file for folder in (path.parent, root / "topologies", root) for file in folder.glob("*.py")]
    # With none given, only pyproject.toml can name one that is not there.
    named = "" if given else f", which [tool.kstream] of {root / 'pyproject.toml'} names"
    hint = _did_you_mean(path.name, {file.name: file for file in nearby})
    raise ModuleError(f"no topology module at {path}{named}{hint}")


def _did_you_mean(name: str, files: Mapping[str, Path]) -> str:
    near = nearest(name, files)
    return f"\nDid you mean {_shown(files[near], Path.cwd())}?" if near else ""


def _import_file(path: Path) -> ModuleType:
    path = path.resolve()
    folders = (path.parent, project_folder(path.parent))
    _prefer(*folders)
    import_once(*folders)
    for known in list(sys.modules.values()):
        if getattr(known, "__file__", None) == str(path):
            return known
    level = _relative_level(path)
    # A folder without __init__.py is a package of Python's, too, to one who imports relatively.
    if (path.parent / "__init__.py").is_file() or (level and path.parent.name.isidentifier()):
        return _import_from_package(path, level)
    return _import_alone(path)


def _relative_level(path: Path) -> int:
    """The most dots before a name that a file imports."""
    try:
        parts = ast.walk(ast.parse(path.read_bytes()))
    except (SyntaxError, ValueError):  # Python says which when it is imported.
        return 0
    return max((part.level for part in parts if isinstance(part, ast.ImportFrom)), default=0)


def _import_from_package(path: Path, level: int) -> ModuleType:
    """A module of a package, under its full name, so that it can import its neighbours relatively."""
    root, names = path.parent.parent, [path.parent.name, path.stem]
    while (root / "__init__.py").is_file() or (len(names) <= level and root.name.isidentifier()):
        root, names = root.parent, [root.name, *names]
    if names[-1] == "__init__":
        del names[-1]
    _prefer(root)
    module = importlib.import_module(".".join(names))
    if getattr(module, "__file__", None) != str(path):
        raise ModuleError(
            f"{path} cannot be imported as {'.'.join(names)}: Python has another module of that name, {module!r}"
        )
    return module


def _import_alone(path: Path) -> ModuleType:
    name = re.sub(r"\W", "_", path.stem)
    if name in sys.modules or name in sys.stdlib_module_names:
        # A topology may be called json.py; Python's own json must stay what it is.
        name = f"topology_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModuleError(f"{path} cannot be imported as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_name(name: str, start: Path, root: Path) -> ModuleType:
    _prefer(start, root, root / "src")
    import_once(start, root)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        files = {file.stem: file for file in topology_files(start)}
        hint = _did_you_mean(name, files) or "\nGive a path that ends in .py, or a module that Python can import."
        raise ModuleError(f"no module named {name!r}{hint}") from None


def _prefer(*folders: Path) -> None:
    """Put the folders at the front of Python's search path, the first one foremost."""
    for folder in reversed(folders):
        if folder.is_dir():
            text = str(folder.resolve())
            if text in sys.path:
                sys.path.remove(text)
            sys.path.insert(0, text)


def _named(module: ModuleType, name: str, reference: str) -> Any:
    name, bracket, _ = name.partition("(")
    if bracket:
        return _called(module, name, reference)
    if hasattr(module, name):
        return getattr(module, name)
    near = nearest(name, _candidates(vars(module)))
    raise ModuleError(
        f"{reference}: the module has no {name!r}"
        + (f"\nDid you mean {reference.rpartition(':')[0]}:{near}?" if near else "")
    )


def _called(module: ModuleType, name: str, reference: str) -> Any:
    """What a factory of the module gives for the literals in its call: `module:make("orders", size=3)`."""
    text = reference[reference.index(f":{name}(") + 1 :]
    try:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call)
        assert all(keyword.arg for keyword in call.keywords)
        arguments = [ast.literal_eval(each) for each in call.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
    except (SyntaxError, ValueError, AssertionError) as error:
        raise ModuleError(
            f'{reference}: {text} is no call with literals, such as {name}("orders", size=3): '
            "texts, numbers, True, False, None, and lists and dicts of them"
        ) from error
    place = reference[: -len(text) - 1]
    factory = _named(module, name, f"{place}:{name}")
    if not callable(factory):
        raise ModuleError(f"{place}: {name} is a {type(factory).__name__}, which cannot be called")
    try:
        inspect.signature(factory).bind(*arguments, **named)
    except TypeError as error:
        raise ModuleError(f"{reference}: {name}{inspect.signature(factory)} does not take these: {error}") from error
    return factory(*arguments, **named)


def _only(module: ModuleType, reference: str) -> Any:
    found = [name for name in NAMES if hasattr(module, name)]
    if "build" in found and not callable(module.build):
        found.remove("build")
    if len(found) == 1:
        return getattr(module, found[0])
    if found:
        if found == ["topology", "builder"] and _same(module.topology, module.builder):
            return module.builder
        choices = ", ".join(f"{reference}:{name}" for name in found)
        raise ModuleError(f"{reference} holds {' and '.join(found)}: keep one, or name one ({choices})")
    others = _candidates(vars(module))
    if len(others) == 1:
        return getattr(module, others[0])
    if len(others) == 2:
        one, other = (getattr(module, name) for name in others)
        if isinstance(one, Topology) != isinstance(other, Topology):
            topology, builder = (one, other) if isinstance(one, Topology) else (other, one)
            if _same(topology, builder):
                return builder
    if others:
        choices = ", ".join(f"{reference}:{name}" for name in others)
        raise ModuleError(f"{reference} holds {' and '.join(others)}: name one ({choices})")
    raise ModuleError(
        f"{reference} has no topology: define builder (a StreamsBuilder), topology (a Topology) or build()"
    )


def _same(topology: Any, builder: Any) -> bool:
    """Whether `topology` is what `builder` builds (`topology = builder.build()`): one topology under two names."""
    if topology is builder or not isinstance(topology, Topology) or isinstance(builder, Topology):
        return topology is builder
    try:
        return str(topology.describe()) == str(builder.build().describe())
    except StreamsError:
        return False


def _candidates(names: Mapping[str, Any]) -> list[str]:
    """The names of topologies and builders, public ones before others; of two names of one object the first."""
    found = {id(value): name for name, value in reversed(list(names.items())) if _is_topology(value)}
    listed = [name for name in names if name in found.values()]
    return [name for name in listed if not name.startswith("_")] or listed


def _is_topology(value: Any) -> bool:
    return isinstance(value, Topology) or any(kind.__name__ == "StreamsBuilder" for kind in type(value).__mro__)


def _shown(file: Path, start: Path) -> str:
    return str(file.relative_to(start)) if file.is_relative_to(start) else str(file)


def module_names(incomplete: str, folder: Path | None = None) -> Iterable[str]:
    """What a shell offers for [MODULE]: the files in `topologies/` and the Python files in the folder typed so far."""
    start = folder or Path.cwd()
    typed = start / incomplete
    beside = sorted((typed if incomplete in ("", ".") or incomplete.endswith("/") else typed.parent).glob("*.py"))
    files = dict.fromkeys([*topology_files(start), *beside])
    names = [_shown(file, start) for file in files if file.name[0] != "_"]
    return [name for name in names if name.startswith(incomplete) and name == printable(name)]
