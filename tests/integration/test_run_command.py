"""`kstream run` in processes of its own, on real brokers: what it counts, how it ends, and what it says of faults."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

MODULE = """
from kstream_cli import StreamsBuilder

config = {{
    "application.id": "{application}",
    "commit.interval.ms": 200,
    "consumer.session.timeout.ms": 6000,
    "consumer.heartbeat.interval.ms": 300,
}}
builder = StreamsBuilder()
(
    builder.stream("{source}", key=str, value=str)
    .flat_map_values(str.split, value=str)
    .group_by(lambda key, word: word, key=str)
    .count(store="counts")
    .to_stream()
    .to("{sink}")
)
"""


class Project:
    """A folder with one topology, and topics that no other test uses."""

    def __init__(self, folder, cluster, unique):
        self.folder, self.cluster = folder, cluster
        self.application, self.source, self.sink = unique("app"), unique("lines"), unique("counts")
        text = MODULE.format(application=self.application, source=self.source, sink=self.sink)
        (folder / "counting.py").write_text(text)
        self.environment = {**os.environ, "KSTREAM_STATE_DIR": str(folder / "state"), "PYTHONUNBUFFERED": "1"}

    def start(self, *arguments, address=None):
        command = [sys.executable, "-m", "kstream_cli", "run", "counting.py", *arguments]
        command += ["--bootstrap-servers", address or self.cluster.address]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments, address=None, seconds=90):
        """Run to the end: exit code, standard error."""
        process = self.start(*arguments, address=address)
        _, errors = process.communicate(timeout=seconds)
        return process.returncode, errors

    def counts(self):
        """The last count of each word."""
        return {key.decode(): int.from_bytes(value, "big") for key, value in self.cluster.read(self.sink)}


@pytest.fixture
def project(tmp_path, cluster, unique):
    return Project(tmp_path, cluster, unique)


@pytest.fixture
def lines():
    chosen = random.Random(11)
    return [" ".join(chosen.choices([f"word{number}" for number in range(40)], k=6)) for _ in range(2_000)]


def produce(project, lines):
    project.cluster.produce(project.source, [(str(n).encode(), line.encode()) for n, line in enumerate(lines)])


def make_fail(project):
    text = (project.folder / "counting.py").read_text()
    (project.folder / "counting.py").write_text(text.replace("str.split", "lambda line: line.nonsense()"))


def words(lines):
    return dict(Counter(word for line in lines for word in line.split()))


def said(process, text):
    """Read the process' standard error until it has said `text`."""
    for line in process.stderr:
        if text in line:
            # Go on reading, so that the process never waits for its reader.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return
    raise AssertionError(f"it never said {text!r}")


def test_it_counts_exactly_and_ends_when_all_is_read(project, lines):
    project.cluster.create_topics(**{project.source: 3, project.sink: 1})
    produce(project, lines)
    code, errors = project.run("--threads", "3", "--exit-when-idle", "2")
    assert code == 0, errors
    assert project.counts() == words(lines)


def test_two_processes_share_the_work_and_end_together(project, lines):
    project.cluster.create_topics(**{project.source: 4, project.sink: 1})
    produce(project, lines)
    code, errors = project.run("--processes", "2", "--exit-when-idle", "5")
    assert code == 0, errors
    assert project.counts() == words(lines)


def test_sigterm_commits_and_ends_with_zero(project, lines):
    project.cluster.create_topics(**{project.source: 1, project.sink: 1})
    process = project.start()
    said(process, "RUNNING")
    produce(project, lines[:10])
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert project.cluster.members(project.application) == 0


def test_missing_topics_are_listed_with_the_command_that_makes_them(project):
    code, errors = project.run()
    assert code == 1
    assert f"missing topics: {project.source}, {project.sink}" in errors
    assert "--create-topics" in errors


def test_create_topics_makes_them_with_as_many_partitions_as_tasks(project, lines):
    code, errors = project.run("--tasks", "4", "--create-topics", "--exit-when-idle", "1")
    assert code == 0, errors
    topics = project.cluster.admin.list_topics(timeout=10).topics
    assert [len(topics[name].partitions) for name in (project.source, project.sink)] == [4, 4]


def test_a_topic_with_another_number_of_partitions_than_tasks_is_refused(project):
    project.cluster.create_topics(**{project.source: 3, project.sink: 1})
    code, errors = project.run("--tasks", "6")
    assert code == 1
    assert f"{project.source} has 3" in errors
    assert "--tasks 6" in errors


def test_from_beginning_counts_everything_again_and_once(project, lines):
    project.cluster.create_topics(**{project.source: 2, project.sink: 1})
    produce(project, lines[:100])
    for _ in range(2):
        code, errors = project.run("--from-beginning", "--exit-when-idle", "2")
        assert code == 0, errors
        assert project.counts() == words(lines[:100])


def test_a_cluster_that_does_not_answer_is_named(project):
    code, errors = project.run(address="127.0.0.1:1", seconds=30)
    assert code == 1
    assert "no broker answers at 127.0.0.1:1" in errors


def test_a_value_that_cannot_be_read_is_named_by_topic_partition_offset_and_serde(project):
    project.cluster.create_topics(**{project.source: 1, project.sink: 1})
    text = (project.folder / "counting.py").read_text()
    (project.folder / "counting.py").write_text(text.replace("key=str, value=str)\n", "key=str, value=int)\n"))
    project.cluster.produce(project.source, [(b"k", b"\xff\xfe")])
    code, errors = project.run("--exit-when-idle", "5")
    assert code == 1
    assert f"{project.source}-0@0" in errors
    assert "LongSerde" in errors


def test_an_error_in_user_code_ends_it_with_their_line_and_commits_nothing(project):
    project.cluster.create_topics(**{project.source: 1, project.sink: 1})
    make_fail(project)
    produce(project, ["a b"])
    code, errors = project.run("--exit-when-idle", "5")
    assert code == 1
    last = errors[errors.rindex("error: ") :]
    assert "counting.py:" in last
    assert project.cluster.committed(project.application, project.source) == {0: -1001}


def test_an_error_that_ends_the_whole_application_ends_both_processes_for_good(project):
    project.cluster.create_topics(**{project.source: 2, project.sink: 1})
    make_fail(project)
    produce(project, ["a b"])
    code, errors = project.run("--processes", "2", "--on-error", "shutdown-application")
    assert code == 3, errors
    assert "counting.py:" in errors[errors.rindex("error: ") :]
    assert "starting it again" not in errors


def test_an_error_that_ends_the_whole_application_ends_instances_of_other_commands_too(project):
    project.cluster.create_topics(**{project.source: 2, project.sink: 1})
    make_fail(project)
    two = [project.start("--on-error", "shutdown-application") for _ in range(2)]
    for process in two:
        said(process, "RUNNING")
    produce(project, ["a b"])
    assert [process.wait(60) for process in two] == [3, 3]


@pytest.mark.embedded
def test_the_embedded_run_shows_the_counts_and_leaves_no_broker_behind(tmp_path):
    project = Path(__file__).parents[2]
    command = [sys.executable, "-m", "kstream_cli", "run", "--embedded", "--threads", "3", "--exit-when-idle", "2"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert "word-counts -> the: 6" in done.stdout
    assert "fox      2" in done.stdout.partition("latest value of each key")[2]


@pytest.mark.embedded
def test_the_embedded_run_has_a_broker_for_each_cluster_of_the_topology():
    project = Path(__file__).parents[2]
    command = [sys.executable, "-m", "kstream_cli", "run", "topologies/join_across_clusters.py", "--embedded"]
    done = subprocess.run([*command, "--exit-when-idle", "2"], cwd=project, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert "shop at 127.0.0.1:" in done.stderr
    assert "revenue -> cake: 36.0" in done.stdout
    assert "shop:large-orders -> cake: 12" in done.stdout
