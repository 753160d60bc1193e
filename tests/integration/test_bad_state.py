"""The state directory: whose eyes it is for, and what happens when what lies in it, or on a changelog, is broken."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cluster import Cluster
from worker import word_count

from kstream_cli import KafkaStreams, StreamsBuilder, TimeWindows
from kstream_cli.errors import StoreError

pytestmark = pytest.mark.embedded


@pytest.fixture
def embedded(embedded_broker):
    return Cluster(embedded_broker)


@pytest.fixture
def settings(embedded, unique, tmp_path):
    return {
        "application.id": unique("app"),
        "bootstrap.servers": embedded.address,
        "state.dir": str(tmp_path / "state"),
        "commit.interval.ms": 100,
        "consumer.session.timeout.ms": 6000,
        "consumer.heartbeat.interval.ms": 300,
    }


@pytest.fixture
def counting(embedded, unique, settings, wait_until):
    """Runs a word count on more input until the counts are as expected."""
    source, sink = unique("lines"), unique("counts")
    embedded.create_topics(**{source: 1, sink: 1})

    def run(words, expected):
        embedded.produce(source, [(b"k", words.encode())])
        with KafkaStreams(word_count(source, sink), settings) as streams:
            streams.start()
            wait_until(lambda: streams.wait(0) or last_counts(embedded, sink) == expected, what=f"{expected}")

    return run


def last_counts(cluster, sink):
    return {key.decode(): int.from_bytes(value, "big") for key, value in cluster.read(sink)}


def store_folder(settings):
    [folder] = Path(settings["state.dir"], settings["application.id"]).glob("*/kstream/counts")
    return folder


def test_the_state_is_for_its_owners_eyes_only(counting, settings):
    before = os.umask(0)
    try:
        counting("a", {"a": 1})
    finally:
        os.umask(before)
    application = Path(settings["state.dir"], settings["application.id"])
    folders = [application, *(path for path in application.iterdir() if path.is_dir())]
    assert len(folders) > 1
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


@pytest.mark.parametrize("file", ["CURRENT", "MANIFEST*"])
def test_a_store_with_damaged_files_is_restored_and_counts_on(counting, settings, caplog, file):
    counting("a b a", {"a": 2, "b": 1})
    for path in store_folder(settings).glob(file):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    counting("a", {"a": 3, "b": 1})
    assert f"store 'counts' in {store_folder(settings)} are damaged" in caplog.text


def test_files_that_were_deleted_are_restored(counting, settings):
    counting("a b a", {"a": 2, "b": 1})
    for path in store_folder(settings).iterdir():
        path.unlink()
    counting("a", {"a": 3, "b": 1})


def test_a_foreign_record_on_a_changelog_is_named(embedded, unique, settings, wait_until):
    source = unique("lines")
    changelog = f"{settings['application.id']}-windowed-changelog"
    embedded.create_topics(**{source: 1, changelog: 1})
    embedded.produce(changelog, [(b"short", b"12345678")])
    builder = StreamsBuilder()
    builder.stream(source, key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(60_000)).count(
        store="windowed"
    )
    with KafkaStreams(builder, settings) as streams:
        streams.start()
        wait_until(lambda: streams.state.has_ended, what="the end")
        with pytest.raises(StoreError, match=rf"'windowed' cannot be restored from {changelog}-0@0"):
            streams.wait()
