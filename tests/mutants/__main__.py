"""Tries the small wrong changes of mutants.json, one after the other: the unit tests named beside each must fail.

`python tests/mutants` takes one to five minutes. `make mutants` tries thousands, made by mutmut, in fifteen minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from importlib.util import cache_from_source
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

# What every test run needs, imported once: each run is a fork of this process.
import confluent_kafka.admin  # noqa: F401
import hypothesis  # noqa: F401
import msgspec  # noqa: F401
import pytest
import rocksdict  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("kstream_cli", "tests", "topologies", "pyproject.toml", "README.md")
FAILED = 1
"""pytest's exit code where tests ran and some failed: any other is not the tests' word."""
SECONDS = 60
FORK = get_context("fork")


class Mutant(TypedDict):
    """`old` must occur once in the file."""

    what: str
    file: str
    old: str
    new: str
    tests: list[str]


def main() -> int:
    mutants: list[Mutant] = json.loads(Path(__file__).with_name("mutants.json").read_text())
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, copy / name)
        tests = sorted({test for each in mutants for test in each["tests"]})
        if (code := _tested(copy, tests)) != 0:
            print(f"the tests do not pass without a mutant: pytest ended with {code}")
            return 1
        survived = [each["what"] for each in mutants if not _is_killed(copy, each)]
    for what in survived:
        print(f"not noticed: {what}")
    print(f"{len(mutants) - len(survived)} of {len(mutants)} mutants were noticed")
    return 1 if survived else 0


def _is_killed(copy: Path, mutant: Mutant) -> bool:
    path = copy / mutant["file"]
    code = path.read_text()
    if code.count(mutant["old"]) != 1:
        raise SystemExit(f"{mutant['what']}: what it replaces occurs {code.count(mutant['old'])} times: mend the list")
    path.write_text(code.replace(mutant["old"], mutant["new"]))
    # Python would take what it compiled before for up to date, where the size is the same.
    Path(cache_from_source(str(path))).unlink(missing_ok=True)
    try:
        return _tested(copy, mutant["tests"], writes_bytecode=False) in (FAILED, None)
    finally:
        path.write_text(code)


def _tested(copy: Path, tests: list[str], *, writes_bytecode: bool = True) -> int | None:
    """pytest's exit code; None where it hangs."""
    run = FORK.Process(target=_run, args=(copy, tests, writes_bytecode))
    run.start()
    run.join(SECONDS if not writes_bytecode else None)
    if run.exitcode is None:
        run.kill()
        run.join()
        return None
    return run.exitcode


def _run(copy: Path, tests: list[str], writes_bytecode: bool) -> None:
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    sys.dont_write_bytecode = not writes_bytecode
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os._exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-p", "no:faulthandler", *tests]))


if __name__ == "__main__":
    sys.exit(main())
