"""One file, one module: a project's file is imported once, by whatever name its neighbours know it.

`shared` and `topologies.shared` are the same file where both the project and its `topologies/` are on the search path.
Imported twice, its classes would differ from themselves, and what it sets up would be set up twice.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class OneImport:
    """A finder for `sys.meta_path`: for a file in `folders` that is imported already it gives that module."""

    def __init__(self) -> None:
        self.folders: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or target is not None or not self._is_of_project(spec.origin or ""):
            return spec  # A module that is loaded anew has itself as the target.
        for module in list(sys.modules.values()):
            if getattr(module, "__file__", None) == spec.origin and isinstance(module, ModuleType):
                spec.loader = _Imported(module)  # type: ignore[assignment]  # a loader by its methods
                break
        return spec

    def _is_of_project(self, file: str) -> bool:
        # A virtual environment may lie in the project's folder.
        return any(file.startswith(folder) for folder in self.folders) and "site-packages" not in file


class _Imported:
    """Hands out a module that is imported already, as it is."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def import_once(*folders: Path) -> None:
    """From now on, for the Python files in these folders."""
    finder = next((each for each in sys.meta_path if isinstance(each, OneImport)), None)
    if finder is None:
        finder = OneImport()
        sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
    finder.folders.update(f"{folder.resolve()}/" for folder in folders)
