"""`kstream send`, `peek` and `topics` against real brokers."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MINUTE = 1_796_000_040_000
"""The start of one, not so long ago that a broker deletes its records at once."""

MODULE = """
from kstream_cli import StreamsBuilder, TimeWindows

config = {{"application.id": "{application}"}}
builder = StreamsBuilder()
(
    builder.stream("{source}", key=str, value=int)
    .group_by_key()
    .windowed_by(TimeWindows.of_size(minutes=1))
    .count(store="per-minute")
    .to_stream(lambda windowed, count: windowed.key)
    .to("{sink}", key=str)
)
samples = {{"{source}": [("a", 1, {minute} + 1_000), ("a", 2, {minute} + 2_000)]}}
"""


@pytest.fixture
def names(unique):
    return {"source": unique("numbers"), "sink": unique("counted"), "application": unique("look")}


@pytest.fixture
def kstream(broker, tmp_path, names):
    """Runs a command in a folder with a topology module, against each of the brokers."""
    (tmp_path / "app.py").write_text(MODULE.format(**names, minute=MINUTE))

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kstream_cli", *arguments, "-b", broker]
        return subprocess.run(command, cwd=tmp_path, input=stdin, capture_output=True, text=True, timeout=60)

    return run


def made(kstream, *arguments):
    done = kstream("topics", "create", "app.py", *arguments)
    assert done.returncode == 0, done.stderr


def rows(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_is_sent_is_seen_again_with_its_types(kstream, names):
    made(kstream, "--tasks", "2")
    assert kstream("send", names["source"], "-m", "app.py", "a:1", "b:-2").returncode == 0
    line = json.dumps({"key": "c", "value": 3, "timestamp": 5_000, "headers": {"h": "x"}})
    assert "sent 1 record" in kstream("send", "-m", "app.py", stdin=line).stderr
    seen = rows(kstream("peek", "--inputs", "-m", "app.py", "-e", "--json"))
    assert sorted((row["key"], row["value"]) for row in seen) == [("a", 1), ("b", -2), ("c", 3)]
    [third] = [row for row in seen if row["key"] == "c"]
    assert (third["timestamp"], third["headers"]) == (5_000, [["h", "x"]])


def test_records_are_chosen_by_place_key_and_filter(kstream, names):
    made(kstream)
    numbers = "".join(f"{key}:{value}\n" for value in range(1, 7) for key in "ab")
    assert kstream("send", "-m", "app.py", "--format", "text", stdin=numbers).returncode == 0
    peek = ("peek", names["source"], "-m", "app.py", "-e", "-f", "%k%s ")
    assert kstream(*peek, "-c", "3").stdout == "a1 b1 a2 "
    assert kstream(*peek, "-o", "8").stdout == "a5 b5 a6 b6 "
    assert kstream(*peek, "--key", "b", "--filter", "value > 4").stdout == "b5 b6 "


@pytest.mark.parametrize("broker", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
def test_the_last_records_are_the_last(kstream, names):
    made(kstream)
    kstream("send", names["source"], "-m", "app.py", *(f"a:{number}" for number in range(9)))
    assert kstream("peek", names["source"], "-m", "app.py", "-e", "-o", "-2", "-f", "%s ").stdout == "7 8 "


def test_a_changelog_shows_windows_as_windows(kstream, names):
    made(kstream)
    kstream("send", "--samples", "-m", "app.py")
    done = kstream("run", "app.py", "--exit-when-idle", "1", "--set", "consumer.session.timeout.ms=6000")
    assert done.returncode == 0, done.stderr
    changelog = f"{names['application']}-per-minute-changelog"
    [row] = rows(kstream("peek", changelog, "-m", "app.py", "-e", "--json"))
    assert (row["key"], row["value"]) == (["a", MINUTE, MINUTE + 60_000], 2)
    assert rows(kstream("topics", "list", "app.py", "--json"))[-1]["topic"] == changelog


def test_a_missing_topic_is_found_by_the_check(kstream, names):
    done = kstream("topics", "check", "app.py")
    assert done.returncode == 1
    assert "missing" in done.stdout
    made(kstream)
    assert kstream("topics", "check", "app.py").returncode == 0


def test_a_value_that_does_not_fit_sends_nothing_and_names_its_line(kstream, names):
    made(kstream)
    done = kstream("send", "-m", "app.py", "--format", "text", stdin="a:1\na:one\n")
    assert done.returncode == 1
    assert "standard input, line 2" in done.stderr


def test_a_store_is_asked_with_nothing_running(kstream, names):
    made(kstream, "--tasks", "2")
    kstream("send", "--samples", "-m", "app.py")
    done = kstream("run", "app.py", "--exit-when-idle", "1", "--set", "consumer.session.timeout.ms=6000")
    assert done.returncode == 0, done.stderr
    ask = ("query", "per-minute", "--from-changelog", "--json")
    [row] = rows(kstream(*ask, "-m", "app.py"))
    assert (row["key"], row["value"]) == (["a", MINUTE, MINUTE + 60_000], 2)
    assert rows(kstream(*ask, "-m", "app.py", "--since", "1000000")) == []
    serdes = ("--key-serde", "string", "--value-serde", "long", "--window-size", "60000")
    assert rows(kstream(*ask, "--application-id", names["application"], *serdes)) == [row]
