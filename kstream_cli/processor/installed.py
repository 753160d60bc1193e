"""Whose code a file holds: the user's project, a package that is installed, or kstream and what it stands on."""

from __future__ import annotations

import re
import sysconfig
from functools import cache, lru_cache
from pathlib import Path

PROJECT = ""
"""The owner of files that no installer has put in place."""

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = ("site-packages", "dist-packages")
"""Packages may be installed in more folders than this Python's own: for one user, or by the system."""
_STANDS_ON = ("kstream-cli", "pydantic")
"""These and what they require call the user's functions, and are not the user's. pydantic is used where it is there."""


@lru_cache(maxsize=4096)
def owner_of_file(file: str) -> str | None:
    """PROJECT, or the name that an installed package is imported by; None for code that is not the user's.

    That is Python's own, kstream's, that of packages it requires, and what was generated, as by dataclasses. An
    application that is installed with pip is a package like any other, so all those remaining may be the user's.
    """
    if file.startswith("<"):
        return None
    path = Path(file).resolve()
    if path.is_relative_to(_PACKAGE):
        return None
    if (package := _installed_package(path)) is not None:
        return None if package in _required_packages() else package
    return None if any(path.is_relative_to(folder) for folder in _folders("stdlib", "platstdlib")) else PROJECT


def _installed_package(path: Path) -> str | None:
    for place in _PLACES:
        if place in path.parts[:-1]:
            return path.parts[len(path.parts) - path.parts[::-1].index(place)].removesuffix(".py")
    for folder in _folders("purelib", "platlib"):
        if path.is_relative_to(folder):
            return path.relative_to(folder).parts[0].removesuffix(".py")
    return None


@cache
def _folders(*names: str) -> tuple[Path, ...]:
    return tuple(Path(sysconfig.get_path(name)).resolve() for name in names)


@cache
def _required_packages() -> frozenset[str]:
    """The import names of all that kstream requires, of what that requires, and so on."""
    from importlib import metadata  # takes a twentieth of a second, and is seldom asked

    found: set[str] = set()
    waiting = list(_STANDS_ON)
    while waiting:
        name = _normal(waiting.pop())
        if name in found:
            continue
        found.add(name)
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        # kstream's extras are its own; those of another package are what somebody else may have wanted.
        waiting += [each for each in requirements if name in _STANDS_ON or "extra ==" not in each]
    modules = metadata.packages_distributions()
    return frozenset(module for module, packages in modules.items() if found & set(map(_normal, packages)))


def _normal(requirement: str) -> str:
    """The name in a requirement, in the form that all ways to write it have in common (PEP 503)."""
    name = re.match(r"[\w.-]*\w", requirement.strip())
    return re.sub(r"[-_.]+", "-", name[0]).lower() if name else ""
