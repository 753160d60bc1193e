"""What `kstream new` writes: a small topology, its test, and around the first one what a project needs."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

import typer

from kstream_cli.errors import StreamsError

MODULE = '''"""Count what each user views."""

from kstream_cli import StreamsBuilder

config = {{"application.id": "{application}"}}

builder = StreamsBuilder()
(
    builder.stream("views", key=str, value=str)
    .filter(lambda user, page: page.startswith("/"))
    .group_by_key()
    .count(store="views-per-user")
    .to_stream()
    .to("view-counts")
)

# Records for `kstream try` and `kstream run --embedded`: (key, value) by topic.
samples = {{"views": [("ada", "/home"), ("bob", "/home"), ("ada", "/docs"), ("bob", "broken")]}}
'''

TEST = """import sys
from pathlib import Path

from kstream_cli import TopologyTestDriver

sys.path.insert(0, str(Path(__file__).parents[1] / "topologies"))
import {name}  # noqa: E402


def test_views_are_counted_per_user():
    with TopologyTestDriver({name}.builder, {name}.config) as driver:
        driver.input("views").pipe([("ada", "/home"), ("bob", "/home"), ("ada", "/docs")])
        assert driver.output("view-counts").read() == [("ada", 1), ("bob", 1), ("ada", 2)]
"""


PYPROJECT = """[project]
name = "{application}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["kstream-cli[embedded]"]

[dependency-groups]
dev = ["pytest>=8"]

[tool.kstream]
topology = "topologies/{name}.py"

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]

# The topologies are run from this folder; there is no package to install.
[tool.setuptools]
py-modules = []
"""

GITIGNORE = """__pycache__/
*.egg-info/
.pytest_cache/
.venv/
"""


def write_topology(name: str, folder: Path) -> list[Path]:
    """Write `topologies/NAME.py` and `tests/test_NAME.py`; never over a file that is there. What was written.

    Where the folder has no `pyproject.toml` or no `.gitignore`, these are written too.
    """
    module_name = name.removesuffix(".py").replace("-", "_")
    if not module_name.isidentifier():
        raise typer.BadParameter(f"{name!r} cannot name a Python module: use letters, digits and _, such as page_views")
    if keyword.iskeyword(module_name) or module_name in sys.stdlib_module_names:
        taken = "a word of Python's" if keyword.iskeyword(module_name) else "a module of Python's own"
        raise typer.BadParameter(f"{module_name!r} is {taken}: use another name, such as my_{module_name}")
    module = folder / "topologies" / f"{module_name}.py"
    test = folder / "tests" / f"test_{module_name}.py"
    for file in (module, test):
        if file.exists():
            raise StreamsError(f"{file} exists already: choose another name, or remove it first")
    texts = {module: MODULE, test: TEST, folder / "pyproject.toml": PYPROJECT, folder / ".gitignore": GITIGNORE}
    files = [file for file in texts if not file.exists()]
    application = re.sub(r"[^A-Za-z0-9.-]", "-", module_name)
    for file in files:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(texts[file].format(name=module_name, application=application))
        except OSError as error:
            # A full disk has no file name in its error.
            raise StreamsError(f"{error.filename or file} cannot be written: {error.strerror}") from error
    return files
