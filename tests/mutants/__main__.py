"""Tries the small wrong changes of mutants.json, one after the other: the unit tests named beside each must fail.

`python tests/mutants` takes a minute or two. `make mutants` tries thousands, made by mutmut, which takes hours.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("kstream_cli", "tests", "topologies", "pyproject.toml", "README.md")
FAILED = 1
"""pytest's exit code where tests ran and some failed: any other is not the tests' word."""
SECONDS = 120


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
    try:
        return _tested(copy, mutant["tests"]) == FAILED
    except subprocess.TimeoutExpired:
        return True  # It hangs.
    finally:
        path.write_text(code)


def _tested(copy: Path, tests: list[str]) -> int:
    # Without compiled files: two changes within a second may have the same size.
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, capture_output=True, timeout=SECONDS).returncode


if __name__ == "__main__":
    sys.exit(main())
