"""The two files that `kstream new` writes: a small topology and its test."""

from __future__ import annotations

import keyword
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


def write_topology(name: str, folder: Path) -> tuple[Path, Path]:
    """Write `topologies/NAME.py` and `tests/test_NAME.py`; never over a file that is there."""
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
            raise StreamsError(f"{file} is there already: choose another name, or remove it first")
    try:
        for file, text in ((module, MODULE), (test, TEST)):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.format(name=module_name, application=module_name.replace("_", "-")))
    except OSError as error:
        raise StreamsError(f"{error.filename} cannot be written: {error.strerror}") from error
    return module, test
