"""The recipes of docs/guides/scripts.md, as they stand there: each commits what it did, and leaves the group."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.kafka

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "scripts.md"
RECIPES = {
    found[1]: found[2]
    for found in re.finditer(r"^```python\n# (\w+)\.py\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
}
STOPPED = [
    ("script", signal.SIGTERM, 0),
    ("script", signal.SIGHUP, 0),
    ("script", signal.SIGINT, 130),
    ("beside", None, 1),
    ("in_a_thread", signal.SIGTERM, 0),
    ("in_asyncio", signal.SIGTERM, 0),
]


@pytest.fixture
def application(kafka_cluster, unique, tmp_path):
    """The page's application, with topics and a name of its own: its application id."""
    lines, shouted, name = unique("lines"), unique("shouted"), unique("shout")
    kafka_cluster.create_topics(**{lines: 1, shouted: 1})
    kafka_cluster.produce(lines, [(b"k", b"hello"), (b"k", b"world")])
    own = {"lines": lines, "shouted": shouted, "shout": name, "localhost:9092": kafka_cluster.address}
    code = re.sub(r'"(lines|shouted|shout|localhost:9092)"', lambda found: f'"{own[found[1]]}"', RECIPES["app"])
    (tmp_path / "app.py").write_text(f'{code}\nconfig |= {{"state.dir": "state", "commit.interval.ms": 600_000}}\n')
    for recipe, text in RECIPES.items():
        if recipe != "app":
            (tmp_path / f"{recipe}.py").write_text(text)
    return name, lines, shouted


@pytest.mark.parametrize(
    ("recipe", "number", "code"), STOPPED, ids=[f"{recipe} {number and number.name}" for recipe, number, _ in STOPPED]
)
def test_a_recipe_commits_and_leaves_the_group(application, kafka_cluster, tmp_path, wait_until, recipe, number, code):
    name, lines, shouted = application
    process = subprocess.Popen([sys.executable, f"{recipe}.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: len(kafka_cluster.read(shouted)) == 2, what="both lines shouted")
        assert kafka_cluster.committed(name, lines)[0] < 0
        if number is not None:
            process.send_signal(number)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (code, -number if number else code), said
    assert kafka_cluster.committed(name, lines) == {0: 2}
    assert kafka_cluster.members(name) == 0


def test_the_recipe_for_pytest_passes_and_leaves_the_group(application, tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert "1 passed" in done.stdout, done.stdout


def test_the_page_has_no_recipe_that_is_not_tried():
    assert RECIPES.keys() == {"app", "test_app", *(recipe for recipe, _, _ in STOPPED)}
