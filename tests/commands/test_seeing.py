"""What describe and graph show on request: details, parts, pages, and files that are kept up to date."""

import io

import pytest
from rich.console import Console

from kstream_cli.commands.output.console import ROLES
from kstream_cli.commands.output.pager import show
from kstream_cli.render.tree import Line

MODULE = """
from kstream_cli import StreamsBuilder, TimeWindows

def shop_of(order: str, item: str) -> str:
    return item

builder = StreamsBuilder()
orders = builder.stream("orders", key=str, value=str)
keyed = orders.select_key(shop_of)
windowed = keyed.group_by_key().windowed_by(TimeWindows.of_size(seconds=30).grace(seconds=5))
windowed.count(store="counts").to_stream(name="changes").to("totals", name="out")
"""


@pytest.fixture
def shop(project):
    (project / "shop.py").write_text(MODULE)
    return "shop.py"


def test_wide_says_what_nodes_do_whose_code_they_run_and_on_which_types(kstream, shop):
    narrow, wide = kstream("describe", shop).out, kstream("describe", shop, "--wide").out
    for said in (
        "selector shop_of at shop.py:4",
        "added at shop.py:9",
        "tumbling windows of 30 s, 5 s grace",
        "(String, String) to (Windowed[String], Long)",
    ):
        assert said in wide
        assert said not in narrow


def test_the_tree_says_why_there_is_a_repartition_topic(kstream, shop):
    assert "because select_key at shop.py:9 changes the key" in kstream("describe", shop).out


@pytest.mark.parametrize("format", ["tree", "java", "json", "mermaid", "dot"])
def test_a_selection_holds_in_every_format(kstream, shop, format):
    out = kstream("describe", shop, "--format", format, "--select", "store:counts+").out
    assert "totals" in out
    assert "orders" not in out


def test_a_selection_holds_in_a_picture(kstream, project, shop):
    assert kstream("graph", shop, "--select", "+topic:orders", "--out", "part.svg").code == 0
    svg = (project / "part.svg").read_text()
    assert "orders" in svg
    assert "totals" not in svg


def test_a_selection_that_matches_nothing_is_a_usage_error_with_the_nearest_name(kstream, shop):
    outcome = kstream("describe", shop, "--select", "store:count")
    assert outcome.code == 2
    assert "Did you mean store:counts?" in outcome.err


@pytest.mark.parametrize("suffix", ["md", "txt", "svg", "html", "mmd", "dot"])
def test_check_says_whether_a_file_is_out_of_date_and_writes_nothing(kstream, project, shop, suffix):
    file = project / f"shop.{suffix}"
    arguments = ("graph", shop, "--out", file.name)
    missing = kstream(*arguments, "--check")
    assert (missing.code, file.exists()) == (1, False)
    assert kstream(*arguments).code == 0
    assert kstream(*arguments, "--check").code == 0
    before = file.read_bytes() + b" "
    file.write_bytes(before)
    stale = kstream(*arguments, "--check")
    assert (stale.code, file.read_bytes()) == (1, before)
    assert "out of date" in stale.err


@pytest.mark.parametrize(
    ("arguments", "are_shown"),
    [
        ([], True),
        (["--no-stores"], False),
        (["--level", "subtopologies"], False),
        (["--level", "subtopologies", "--stores"], True),
    ],
)
def test_stores_are_shown_with_processors_and_on_request(kstream, shop, arguments, are_shown):
    dot = kstream("graph", shop, "--out", "-", "--format", "dot", *arguments).out
    assert ("cylinder" in dot) is are_shown


def test_several_topologies_become_one_picture(kstream, project, shop):
    (project / "java.txt").write_text(
        "Topologies:\n   Sub-topology: 0\n    Source: read (topics: [totals])\n      --> write\n"
        "    Sink: write (topic: report)\n      <-- read\n\n"
    )
    picture = kstream("graph", shop, "java.txt", "--level", "apps", "--out", "-", "--format", "mmd").out
    names = [line.split('"')[1].partition("<br>")[0] for line in picture.splitlines() if ":::app" in line]
    assert names == ["shop", "java"]
    assert sum('"totals<br>' in line for line in picture.splitlines()) == 1


def shown_on_a_terminal(tmp_path, monkeypatch, lines, *, pager):
    """What reaches the terminal, and what the pager was given."""
    taken = tmp_path / "taken"
    monkeypatch.setenv("PAGER", f"tee {taken}")
    with open(tmp_path / "terminal", "w+") as file:
        to = Console(file=file, width=80, height=10, theme=ROLES, force_terminal=True, highlight=False, markup=False)
        show(to, lines, pager=pager)
        file.flush()
        file.seek(0)
        return file.read(), taken.read_text() if taken.exists() else None


@pytest.mark.parametrize(("count", "pager", "paged"), [(30, True, True), (30, False, False), (5, True, False)])
def test_only_what_is_longer_than_the_terminal_is_paged(tmp_path, monkeypatch, count, pager, paged):
    lines = [Line((("plain", f"line {number}"),)) for number in range(count)]
    terminal, taken = shown_on_a_terminal(tmp_path, monkeypatch, lines, pager=pager)
    assert f"line {count - 1}" in terminal
    assert (taken is not None) == paged


def test_without_a_pager_the_lines_are_written_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("PAGER", "/no/such/pager")
    with open(tmp_path / "terminal", "w+") as file:
        to = Console(file=file, width=80, height=3, theme=ROLES, force_terminal=True)
        show(to, [Line((("plain", f"line {number}"),)) for number in range(9)])
        file.seek(0)
        assert "line 8" in file.read()


def test_guides_are_ascii_where_the_reader_knows_no_more():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="backslashreplace")
    to = Console(file=file, width=40, theme=ROLES, force_terminal=True, color_system=None)
    show(to, [Line((("plain", "word " * 12),), "├─ ", "│  ")])
    file.flush()
    rows = file.buffer.getvalue().decode().splitlines()
    assert [row[:3] for row in rows] == ["|- ", "|  "]
