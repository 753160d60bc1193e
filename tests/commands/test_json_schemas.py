"""What commands write with --json is as their schemas say. `make schemas` writes those of the documentation anew."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kstream_cli.commands.output.json_schemas import SHAPES, schema_of, schema_text
from kstream_cli.described.model import ClusterView
from kstream_cli.described.saved import json_of
from tests.render.topologies import counting

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "json"

MODULE = """
from kstream_cli import StreamsBuilder
builder = StreamsBuilder()
counts = builder.stream("in", key=str, value=str).group_by_key().count(store="counts")
counts.to_stream().to("out", value=int)
samples = {"in": [("a", "x"), ("b", "y")]}
"""


@pytest.fixture
def module(project):
    (project / "app.py").write_text(MODULE)
    return "app.py"


def strict(schema):
    """The schema that lets no object have fields it does not name."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "properties" in schema else {}
    return {**closed, **{name: strict(each) for name, each in schema.items()}}


def check(command, text):
    schema = strict(schema_of(command))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(text))


@pytest.mark.parametrize("arguments", [[], ["--select", "store:counts+"]])
def test_describe_writes_what_its_schema_says(kstream, module, arguments):
    check("describe", kstream("describe", module, "--json", *arguments).out)


def test_describe_of_several_writes_what_its_schema_says(kstream, module, project):
    (project / "java.txt").write_text(kstream("describe", module, "--format", "java").out)
    (project / "saved.json").write_text(kstream("describe", module, "--json").out)
    outcome = kstream("describe", "java.txt", "saved.json", "--json")
    check("describe", outcome.out)
    assert [each["topology"] for each in json.loads(outcome.out)["topologies"]] == ["java", "app"]


def test_describe_with_a_cluster_writes_what_its_schema_says():
    cluster = ClusterView(bootstrap_servers="b:9092", partitions={"in-0": 3, "out": None})
    check("describe", json_of(counting(1), cluster))


@pytest.mark.parametrize("arguments", [[], ["--set", "no.such.key=1"]])
def test_check_writes_what_its_schema_says(kstream, module, arguments):
    outcome = kstream("check", module, "--json", *arguments)
    check("check", outcome.out)
    assert bool(json.loads(outcome.out)["problems"]) == bool(arguments)


def test_each_line_of_try_is_what_its_schema_says(kstream, module):
    lines = kstream("try", module, "--json", "--stores").out.splitlines()
    for line in lines:
        check("try", line)
    assert {next(iter(json.loads(line))) for line in lines} == {"topic", "store"}


def test_each_line_of_a_trace_and_a_summary_is_what_its_schema_says(kstream, module):
    lines = kstream("try", module, "--json", "--trace", "--summary").out.splitlines()
    for line in lines:
        check("try", line)
    assert {next(iter(json.loads(line))) for line in lines} == {"record", "processor"}


def test_version_writes_what_its_schema_says(kstream):
    check("version", kstream("version", "--json").out)


@pytest.mark.parametrize("command", SHAPES)
def test_the_schemas_in_the_documentation_are_those_of_the_code(command):
    assert (DOCS / f"{command}.schema.json").read_text() == schema_text(command), "run make schemas"


def test_every_command_that_writes_json_has_a_schema():
    commands = Path(__file__).parents[2] / "kstream_cli" / "commands"
    files = [file for file in commands.glob("*_command.py") if "json: Json" in file.read_text()]
    assert {file.stem.removesuffix("_command") for file in files} == set(SHAPES)
