import json
import subprocess
import sys

import pytest

from kstream_cli.processor.partitioners import partition_for_key


def test_try_shows_what_each_sample_makes_the_sinks_write(kstream, small):
    outcome = kstream("try", small)
    assert outcome.code == 0
    assert outcome.out == "in <- a: 1\n  out -> a: 1\nin <- b: 2\n  out -> b: 2\n"


def test_try_writes_ndjson_for_scripts(kstream, small):
    first = json.loads(kstream("try", small, "--json").out.splitlines()[0])
    assert (first["topic"], first["key"], first["value"]) == ("out", "a", "1")


def test_try_reads_ndjson_with_timestamps_and_headers(kstream, project, small):
    record = {"topic": "in", "key": "k", "value": "v", "timestamp": 7, "headers": {"h": "x"}}
    (project / "records.ndjson").write_text(json.dumps(record))
    (line,) = kstream("try", small, "--input", "records.ndjson", "--json").out.splitlines()
    assert json.loads(line) == {"topic": "out", "key": "k", "value": "v", "timestamp": 7, "headers": [["h", "x"]]}


def test_try_names_the_line_that_is_not_json(kstream, project, small):
    (project / "records.ndjson").write_text('{"topic": "in", "value": "v"}\nnonsense\n')
    outcome = kstream("try", small, "--input", "records.ndjson")
    assert outcome.code == 1
    assert "records.ndjson, line 2: not JSON" in outcome.err


def test_try_shows_what_the_stores_hold(kstream, project):
    text = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
    text += "builder.stream('in', key=str, value=str).group_by_key().count(store='seen')\n"
    (project / "counting.py").write_text(text + "samples = {'in': [('a', 'x'), ('a', 'y')]}\n")
    assert kstream("try", "counting.py", "--stores").out.endswith("seen\n  a: 2\n")


def test_try_with_partitions_shows_where_records_and_rows_are(kstream, project):
    text = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
    text += "builder.stream('in', key=str, value=str).group_by_key().count(store='seen').to_stream().to('out')\n"
    (project / "counting.py").write_text(text + "samples = {'in': [('a', 'x'), ('b', 'y')]}\n")
    said = kstream("try", "counting.py", "--stores", "--partitions", "3").out
    where = {key: partition_for_key(key.encode(), 3) for key in "ab"}
    for key, partition in where.items():
        assert f"  out[{partition}] -> {key}: 1\n" in said
        assert f"seen[{partition}]\n" in said
    records = kstream("try", "counting.py", "--json", "--partitions", "3").out.splitlines()
    assert [json.loads(line)["partition"] for line in records] == [where["a"], where["b"]]


def test_a_module_without_samples_is_told_of_ndjson(kstream, project):
    text = "from kstream_cli import Topology\ntopology = Topology().add_source('read', 'in', key=str, value=str)\n"
    (project / "bare.py").write_text(text)
    assert "--input FILE" in kstream("try", "bare.py").err


def test_check_passes_a_sound_topology(kstream, small):
    outcome = kstream("check", small)
    assert (outcome.code, outcome.out) == (0, "small: no problems (1 subtopology, 2 nodes, 0 stores)\n")


def test_check_lists_all_problems_and_not_the_first_only(kstream, project):
    (project / "faulty.py").write_text(
        """
from kstream_cli import Stores, Topology

config = {"comit.interval.ms": 5}
topology = (
    Topology()
    .add_source("read", "in", key=str)
    .add_state_store(Stores.key_value("unused", key=str, value=int))
    .add_sink("write", "out", parents="read", value=str)
)
samples = {"inn": ["x"]}
"""
    )
    outcome = kstream("check", "faulty.py", "--json")
    assert outcome.code == 1
    problems = "\n".join(json.loads(outcome.out)["problems"])
    assert "did you mean 'commit.interval.ms'" in problems
    assert "source 'read' (in) has no value serde" in problems
    assert "sink 'write' (out) has no key serde" in problems
    assert "store unused is connected to no processor" in problems
    assert "no source reads topic 'inn'" in problems


REFUSED_AT_START = [
    *(f"{name}=0" for name in ("request.timeout.ms", "retry.backoff.ms", "replication.factor")),
    "receive.buffer.bytes=200000000",
    "reconnect.backoff.max.ms=1",
    "metadata.max.age.ms=3600001",
    "errors.dead.letter.queue.topic.name=a b",
    "errors.dead.letter.queue.topic.name=..",
]


@pytest.mark.parametrize("setting", REFUSED_AT_START)
def test_check_refuses_what_the_clients_or_the_cluster_would_refuse(kstream, small, setting):
    outcome = kstream("check", small, "--set", setting)
    assert outcome.code == 1
    assert "1 problem" in outcome.out


def test_check_counts_a_module_that_cannot_be_loaded_as_a_problem(kstream, project):
    outcome = kstream("check", "nowhere.py")
    assert outcome.code == 1
    assert "1 problem" in outcome.out


def test_new_makes_a_topology_that_tries_and_a_test_that_passes(kstream, project):
    assert kstream("new", "page-views").code == 0
    assert "view-counts -> ada: 2" in kstream("try").out
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


README_TEST = """
from kstream_cli import TopologyTestDriver
from topologies.page_views import builder, config


def test_views_are_counted():
    with TopologyTestDriver(builder, config) as driver:
        driver.input("views").pipe([("ada", "/home"), ("ada", "/docs")])
        assert driver.output("view-counts").read() == [("ada", 1), ("ada", 2)]
"""


def test_a_new_project_runs_its_tests_and_the_readmes_with_plain_pytest(kstream, project):
    outcome = kstream("new", "page_views")
    assert "pyproject.toml and .gitignore" in outcome.out
    (project / "tests" / "test_readme.py").write_text(README_TEST)
    # Not `python -m pytest`, which puts the current folder on the search path.
    plain = "import sys, pytest; sys.path.remove(''); sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider']))"
    done = subprocess.run([sys.executable, "-c", plain], cwd=project, capture_output=True, text=True)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_new_leaves_the_files_of_a_project_as_they_are(kstream, project):
    (project / "pyproject.toml").write_text("# mine\n")
    assert ".gitignore" in kstream("new", "page_views").out
    assert (project / "pyproject.toml").read_text() == "# mine\n"


def test_new_never_writes_over_a_file(kstream, project):
    kstream("new", "page_views")
    outcome = kstream("new", "page_views")
    assert outcome.code == 1
    assert "exists already" in outcome.err


def test_version_names_the_libraries_beneath(kstream):
    versions = json.loads(kstream("version", "--json").out)
    assert versions["librdkafka"].startswith("2.")
    assert versions["rocksdb"][0].isdigit()


@pytest.mark.parametrize(
    ("name", "reason"),
    [("bad name", "use letters, digits and _"), ("json", "a module of Python's own"), ("import", "a word of Python's")],
)
def test_new_says_why_a_name_cannot_be_had(kstream, project, name, reason):
    outcome = kstream("new", name)
    assert outcome.code == 2
    assert reason in outcome.err


def test_check_finds_an_empty_topology(kstream, project):
    (project / "empty.py").write_text("from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n")
    outcome = kstream("check", "empty.py")
    assert outcome.code == 1
    assert "the topology is empty" in outcome.out


def test_check_passes_a_topology_of_a_global_table_alone(kstream, project):
    text = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
    (project / "alone.py").write_text(text + "builder.global_table('in', key=str, value=str)\n")
    outcome = kstream("check", "alone.py")
    assert (outcome.code, "no problems" in outcome.out) == (0, True)


def test_a_new_module_of_any_name_has_an_application_id_that_topics_can_have(kstream, project):
    assert kstream("new", "größe_x").code == 0
    assert kstream("check", "topologies/größe_x.py").code == 0


def test_a_disk_that_is_full_is_told_with_the_file_that_was_to_be_written(kstream, project, monkeypatch):
    def fail(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", fail)
    outcome = kstream("new", "shop")
    assert outcome.code == 1
    assert outcome.err.startswith("error: topologies/shop.py cannot be written: No space left on device\n")
