"""The guard before every transactional commit."""

from __future__ import annotations

import struct

import pytest
from confluent_kafka import Consumer

from kstream_cli.errors import StreamsError, TaskCorruptedError
from kstream_cli.runtime.clients.group_metadata import checked, parse


def metadata(generation, member):
    return b"CGMDv2:" + struct.pack("=i", generation) + b"group\0" + member + b"\0\1"


def test_a_members_metadata_passes_unchanged():
    assert checked(metadata(3, b"me")) == metadata(3, b"me")


@pytest.mark.parametrize("anonymous", [metadata(-1, b""), metadata(-1, b"me"), metadata(3, b""), None])
def test_metadata_without_a_generation_or_member_is_refused(anonymous):
    with pytest.raises(TaskCorruptedError, match="not a member"):
        checked(anonymous)


def test_the_clients_own_metadata_is_understood():
    consumer = Consumer({"bootstrap.servers": "127.0.0.1:1", "group.id": "group", "log_level": 0})
    parsed = parse(consumer.consumer_group_metadata())
    assert (parsed.group, parsed.generation, parsed.member) == ("group", -1, "")
    consumer.close()


def test_an_unknown_form_is_an_error_and_not_a_guess():
    with pytest.raises(StreamsError, match="unknown form"):
        parse(b"CGMDv3:xyz")
