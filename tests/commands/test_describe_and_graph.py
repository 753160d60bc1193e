import io
import json

import pytest
from rich.console import Console

from kstream_cli.commands.output.console import ROLES


def test_describe_shows_a_tree(kstream, small):
    outcome = kstream("describe", small)
    assert outcome.code == 0
    assert "Subtopology 0  one task for each partition of in" in outcome.out
    assert "\x1b" not in outcome.out


def test_describe_in_javas_format_is_javas_text(kstream, small):
    outcome = kstream("describe", small, "--format", "java")
    assert outcome.out == (
        "Topologies:\n   Sub-topology: 0\n    Source: read (topics: [in])\n      --> write\n"
        "    Sink: write (topic: out)\n      <-- read\n\n"
    )


def test_describe_writes_json_for_scripts(kstream, small):
    document = json.loads(kstream("describe", small, "--json").out)
    assert document["application_id"] == "small"


def test_the_environment_stands_in_for_an_option(kstream, small, monkeypatch):
    monkeypatch.setenv("KSTREAM_FORMAT", "json")
    monkeypatch.setenv("KSTREAM_MODULE", str(small))
    assert json.loads(kstream("describe").out)["topology"] == "small"


def test_a_config_key_comes_from_a_file_the_environment_and_set_in_that_order(kstream, project, small, monkeypatch):
    (project / "app.properties").write_text("application.id=from-file\n")

    def application_id(*arguments):
        return json.loads(kstream("describe", small, "--json", *arguments).out)["application_id"]

    assert application_id() == "small"
    assert application_id("--config", "app.properties") == "from-file"
    monkeypatch.setenv("KSTREAM_APPLICATION_ID", "from-environment")
    assert application_id("--config", "app.properties") == "from-environment"
    assert application_id("--config", "app.properties", "--set", "application.id=from-set") == "from-set"


def test_a_toml_file_may_group_keys_in_tables(kstream, project, small):
    (project / "app.toml").write_text('[application]\nid = "from-toml"\n')
    assert "from-toml" in kstream("describe", small, "--config", "app.toml").out


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("dot", b"digraph"), ("mmd", b"flowchart")]
)
def test_graph_writes_what_the_suffix_says(kstream, project, small, suffix, start):
    outcome = kstream("graph", small, "--out", f"picture.{suffix}")
    assert outcome.code == 0
    assert (project / f"picture.{suffix}").read_bytes().startswith(start)


def test_graph_refuses_an_unknown_suffix_and_lists_the_known_ones(kstream, small):
    outcome = kstream("graph", small, "--out", "picture.gif")
    assert outcome.code == 2
    assert ".svg, .png, .pdf, .html, .md, .txt, .dot, .mmd" in outcome.err


def test_graph_writes_to_standard_output(kstream, small):
    assert kstream("graph", small, "--out", "-", "--format", "mmd").out.startswith("flowchart")


def test_a_long_line_of_the_tree_is_folded_and_not_cut(kstream, project, monkeypatch):
    store = "a-name-that-is-longer-than-others" * 3
    (project / "long.py").write_text(
        "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
        f"builder.stream('in', key=str, value=str).group_by_key().count(store={store!r})\n"
    )
    shown = Console(file=io.StringIO(), width=80, theme=ROLES, force_terminal=True, color_system=None)
    monkeypatch.setattr("kstream_cli.commands.output.console.console", lambda: shown)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert kstream("describe", "long.py").code == 0
    lines = shown.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    text = "".join(line.strip(" │├└─↓") for line in lines)
    assert f"long-{store}-changelog" in text


def test_graph_refuses_a_format_that_is_not_the_files(kstream, project, small):
    outcome = kstream("graph", small, "--out", "x.svg", "--format", "png")
    assert outcome.code == 2
    assert "--format is for --out -" in outcome.err
    assert not (project / "x.svg").exists()
