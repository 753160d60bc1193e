"""Files and changelog records that are damaged at random: found, and made good from the changelog, or named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from worker import key_count

from kstream_cli import KafkaStreams, StreamsBuilder
from kstream_cli.errors import ProcessingError

pytestmark = pytest.mark.kafka

KEYS, ROUNDS = 1_000, 3
CHECKPOINTS = (
    b"",
    b'{"a": 1}',
    b'[["TOPIC", 0, 1e400]]',
    b'[["TOPIC", 0, 999999]]',
    b'[["TOPIC", 5, 1], ["other", 0, 1]]',
    b"[" * 100_000,
)


@pytest.fixture
def settings(kafka_cluster, unique, tmp_path):
    return {
        "application.id": unique("app"),
        "bootstrap.servers": kafka_cluster.address,
        "state.dir": tmp_path / "state",
        "commit.interval.ms": 100,
        "consumer.session.timeout.ms": 6_000,
        "consumer.heartbeat.interval.ms": 300,
    }


def damage(directory: Path, chosen: random.Random) -> str:
    """Break one of a store's files somewhere; what was done to it."""
    files = sorted(path for path in directory.rglob("*") if path.is_file() and path.name not in ("LOCK", ".lock"))
    path = chosen.choice([path for path in files if path.stat().st_size] or files)
    data = bytearray(path.read_bytes())
    how = chosen.choice(("flip", "flip", "zeros", "cut", "delete", "grow"))
    if how == "delete":
        path.unlink()
        return f"{path.name} deleted"
    start = chosen.randrange(max(1, len(data)))
    if how == "flip":
        data[start] ^= 1 << chosen.randrange(8)
    elif how == "zeros":
        data[start : start + 100] = bytes(len(data[start : start + 100]))
    elif how == "cut":
        del data[start:]
    else:
        data += chosen.randbytes(100)
    path.write_bytes(data)
    return f"{path.name}: {how} at {start} of {len(data)}"


@pytest.mark.parametrize("left_by", ["close", "kill"])
def test_stores_damaged_at_random_count_on_without_a_gap(
    kafka_cluster, unique, settings, tmp_path, wait_until, left_by
):
    source, sink, application = unique("in"), unique("out"), settings["application.id"]
    kafka_cluster.create_topics(**{source: 1, sink: 1})
    state, image = Path(settings["state.dir"]), tmp_path / "image"
    keys = [b"k%d" % number for number in range(KEYS)]
    sent = 0
    done = []

    def run():
        nonlocal sent
        sent += 1
        kafka_cluster.produce(source, [(key, b"") for key in keys])
        with KafkaStreams(key_count(source, sink), settings) as streams:
            streams.start()
            wait_until(
                lambda: streams.wait(0) or kafka_cluster.committed(application, source) == {0: sent * KEYS},
                what=f"{done}",
            )
            shutil.rmtree(image, ignore_errors=True)
            shutil.copytree(state, image)  # As a kill at this moment would leave it.
        counts = {key: int.from_bytes(value, "big") for key, value in kafka_cluster.read(sink)}
        assert counts == dict.fromkeys(keys, sent), done

    run()
    for seed in range(ROUNDS):
        if left_by == "kill":
            shutil.rmtree(state)
            shutil.copytree(image, state)
        [store] = state.glob("*/*/kstream/counts")
        done.append(damage(store, random.Random(f"{left_by}{seed}")))
        run()


def test_a_global_table_is_whole_whatever_its_checkpoint_says(kafka_cluster, unique, settings, wait_until):
    topic, source = unique("table"), unique("in")
    kafka_cluster.create_topics(**{topic: 1, source: 1})
    rows = {f"k{number}": f"v{number}" for number in range(10)}
    kafka_cluster.produce(topic, [(key.encode(), value.encode()) for key, value in rows.items()])
    builder = StreamsBuilder()
    builder.global_table(topic, key=str, value=str, store="table")
    for content in (None, *CHECKPOINTS):
        if content is not None:
            [file] = Path(settings["state.dir"]).glob("*/global/.positions.json")
            file.write_bytes(content.replace(b"TOPIC", topic.encode()))
        with KafkaStreams(builder, settings) as streams:
            streams.start()
            found = {key: value for key, (value, _) in streams.store("table").all()}
        assert found == rows, content


@pytest.mark.parametrize("size", [0, 9])
def test_a_truncated_changelog_record_is_named(kafka_cluster, unique, settings, wait_until, size):
    source, sink = unique("in"), unique("out")
    changelog = f"{settings['application.id']}-counts-changelog"
    kafka_cluster.create_topics(**{source: 1, sink: 1, changelog: 1})
    kafka_cluster.produce(changelog, [(b"k", bytes(size))])
    kafka_cluster.produce(source, [(b"k", b"")])
    with KafkaStreams(key_count(source, sink), settings) as streams:
        streams.start()
        with pytest.raises(
            ProcessingError, match=f"{source}-0@0.*store 'counts' holds a value for key 'k' that its serde cannot"
        ):
            streams.wait(20)
