"""`kstream doctor`: a line for each thing, its JSON, and the exit code."""

import json

from jsonschema import Draft202012Validator

from kstream_cli.commands.output.json_schemas import schema_of


def test_a_machine_without_a_cluster_is_looked_at_alone(kstream, small, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    shown = kstream("doctor", small)
    assert shown.code == 0
    assert "ok       topology: small loads" in shown.out
    assert "warning  cluster: no cluster is named" in shown.out


def test_json_is_what_its_schema_says_and_a_problem_is_the_exit_code(kstream, small):
    shown = kstream("doctor", small, "-b", "127.0.0.1:1", "--json")
    found = [json.loads(line) for line in shown.out.splitlines()]
    for each in found:
        Draft202012Validator(schema_of("doctor")).validate(each)
    assert shown.code == 1
    assert [each["check"] for each in found if each["level"] == "problem"] == ["cluster"]


def test_a_module_that_does_not_load_is_a_problem_and_not_the_end(kstream, project):
    (project / "broken.py").write_text("1 / 0\n")
    shown = kstream("doctor", "broken.py", "-b", "127.0.0.1:1")
    assert shown.code == 1
    assert "problem  topology:" in shown.out
    assert "memory:" in shown.out
