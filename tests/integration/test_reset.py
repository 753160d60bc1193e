"""`kstream reset` on real brokers, and beside Java's application reset tool."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from apache_kafka import KAFKA, jars

TIME = int(time.time() * 1000) - 60_000
"""Of the first record; each one comes a second later."""

MODULE = """
from kstream_cli import StreamsBuilder

config = {{"application.id": "{application}"}}
builder = StreamsBuilder()
stream = builder.stream("{source}", key=str, value=int)
stream.map(lambda key, value: (key, value)).group_by_key().count(store="{store}").to_stream().to("{sink}", key=str)
samples = {{"{source}": [("a", number, {time} + 1_000 * number) for number in range(10)]}}
"""


@pytest.fixture
def make(tmp_path, broker, unique):
    """An application that has run, in a folder of its own: its id, and how to call kstream there."""

    def made(tag, store="counts", source=None):
        folder = tmp_path / tag
        folder.mkdir()
        names = {"application": unique(tag), "source": source or unique(f"{tag}-in"), "sink": unique(f"{tag}-out")}
        (folder / "app.py").write_text(MODULE.format(**names, store=store, time=TIME))

        def kstream(*arguments, code=0):
            options = ["-b", broker, "--set", f"state.dir={folder}"]
            command = [sys.executable, "-m", "kstream_cli", *arguments, *options]
            done = subprocess.run(command, cwd=folder, input="", capture_output=True, text=True, timeout=90)
            assert done.returncode == code, done.stderr
            return done

        kstream("topics", "create", "app.py")
        kstream("send", "--samples", "-m", "app.py")
        kstream("run", "app.py", "--exit-when-idle", "1", "--set", "consumer.session.timeout.ms=6000")
        return names, kstream

    return made


def test_an_application_that_is_reset_counts_all_again_and_once(make, cluster):
    names, kstream = make("shop")
    assert cluster.committed(names["application"], names["source"]) == {0: 10}
    plan = json.loads(kstream("reset", "app.py", "--json", "--dry-run").stdout)
    assert [(move["before"], move["after"]) for move in plan["offsets"]] == [(10, 0)]
    assert plan["delete_topics"] == [f"{names['application']}-counts-{kind}" for kind in ("changelog", "repartition")]
    assert "--yes" in kstream("reset", "app.py", code=2).stderr
    assert cluster.committed(names["application"], names["source"]) == {0: 10}
    kstream("reset", "app.py", "--yes")
    assert cluster.committed(names["application"], names["source"]) == {0: 0}
    kstream("run", "app.py", "--exit-when-idle", "1", "--set", "consumer.session.timeout.ms=6000")
    assert cluster.read(names["sink"])[-1] == (b"a", (10).to_bytes(8, "big"))


AFTER_FOUR = datetime.fromtimestamp((TIME + 3_500) / 1000, UTC).isoformat(timespec="milliseconds")

JAVA = {
    "to-earliest": ["--to-earliest"],
    "to-latest": ["--to-latest"],
    "to-offset": ["--to-offset", "4"],
    "beyond": ["--to-offset", "40"],
    "to-datetime": ["--to-datetime", AFTER_FOUR],
    "by-duration": ["--by-duration", "PT1H"],
    "shift-by": ["--shift-by", "-3"],
    "from-file": ["--from-file", "offsets.csv"],
}


@pytest.mark.parametrize("broker", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
def test_it_does_what_javas_tool_does(make, cluster, tmp_path, broker):
    names, kstream = make("beside")
    java, source = f"{names['application']}-java", names["source"]
    (tmp_path / "beside" / "offsets.csv").write_text(f"{source},0,6\n")
    ours, theirs = {}, {}
    for case, place in JAVA.items():
        for group in (names["application"], java):
            commit(cluster, group, source, 8)
        cluster.create_topics(**{f"{java}-counts-changelog": 1})
        run_java(tmp_path / "beside", broker, java, source, *place)
        kstream("reset", "app.py", "--yes", *place)
        ours[case] = cluster.committed(names["application"], source)
        theirs[case] = cluster.committed(java, source)
        left = cluster.admin.list_topics(timeout=10).topics
        assert not [topic for topic in left if topic.endswith("-changelog") and topic.startswith("beside")]
    assert ours == theirs
    assert ours["to-datetime"] == {0: 4}


def commit(cluster, group, topic, offset):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": cluster.address, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()


def run_java(folder, broker, group, source, *place):
    tool = ["java", "-Xmx256m", "-cp", f"{jars(KAFKA)}/*", "org.apache.kafka.tools.StreamsResetter"]
    given = ["--bootstrap-server", broker, "--application-id", group, "--input-topics", source, *place]
    done = subprocess.run([*tool, *given], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
