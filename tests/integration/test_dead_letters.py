"""`kstream dlq` on real brokers: sent back exactly once, also when it is killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from confluent_kafka import Producer

LETTERS = 300


@pytest.fixture
def queue(cluster, unique):
    """A dead letter topic full of letters, and the topic that they came from."""
    names = {"queue": unique("dead"), "source": unique("orders")}
    cluster.create_topics(**{names["queue"]: 1, names["source"]: 2})
    producer = Producer({"bootstrap.servers": cluster.address, "log_level": 0})
    for number in range(LETTERS):
        reasons = {"exception": "ValueError", "message": f"bad {number}", "topic": names["source"]}
        reasons |= {"partition": "1", "offset": str(number)}
        headers = [(f"__streams.errors.{name}", text) for name, text in reasons.items()]
        producer.produce(names["queue"], f"v{number}", f"k{number}", headers=headers)
    assert producer.flush(30) == 0
    return names


@pytest.fixture
def command(cluster, queue):
    def made(*arguments):
        options = ["--queue", queue["queue"], "-b", cluster.address, "--key-serde", "string", "--value-serde", "string"]
        return [sys.executable, "-m", "kstream_cli", "dlq", *arguments, *options]

    return made


def done(command):
    run = subprocess.run(command, input="", capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_a_replay_that_is_killed_goes_on_and_sends_each_letter_once(cluster, queue, command, wait_until, tmp_path):
    with (tmp_path / "log").open("wb") as log:
        broken = subprocess.Popen(command("replay", "--yes", "--rate", "60"), stdout=log, stderr=log)
    wait_until(lambda: len(cluster.read(queue["source"])) > 20, what="the first letters")
    broken.kill()
    broken.wait()
    assert len(cluster.read(queue["source"])) < LETTERS
    done(command("replay", "--yes"))
    counts = Counter(key for key, _ in cluster.read(queue["source"]))
    assert counts == {f"k{number}".encode(): 1 for number in range(LETTERS)}
    [group] = [json.loads(line) for line in done(command("list", "--json")).splitlines()]
    assert (group["letters"], group["open"], group["reason"]) == (LETTERS, 0, "bad …")


def test_only_chosen_letters_are_sent_and_others_later(cluster, queue, command):
    plan = json.loads(done(command("replay", "--dry-run", "--json", "--filter", "key == 'k7'")))
    assert (plan["topics"], plan["done"]) == ({queue["source"]: 1}, False)
    assert cluster.read(queue["source"]) == []
    done(command("replay", "--yes", "--filter", "key == 'k7'"))
    assert cluster.read(queue["source"]) == [(b"k7", b"v7")]
    rest = json.loads(done(command("replay", "--yes", "--json")))
    assert (rest["topics"], rest["sent_before"]) == ({queue["source"]: LETTERS - 1}, 1)
    [shown, *_] = [json.loads(line) for line in done(command("show", "--json", "-n", "1")).splitlines()]
    assert (shown["key"], shown["source_partition"], shown["sent"]) == ("k0", 1, True)
