"""Reads librdkafka's group metadata, to refuse a transactional commit that the broker would take from anybody.

TxnOffsetCommit with generation -1 and no member id is accepted even while the group has live members, and librdkafka
blanks both on some error paths. So the bytes are looked at before they are sent.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from kstream_cli.errors import StreamsError, TaskCorruptedError

_MAGIC = b"CGMDv2:"
_GENERATION = struct.Struct("=i")


class GroupMetadata(NamedTuple):
    group: str
    generation: int
    member: str


def parse(metadata: bytes) -> GroupMetadata:
    """What the opaque bytes of `Consumer.consumer_group_metadata()` say."""
    if not metadata.startswith(_MAGIC):
        raise StreamsError(
            "this version of the Kafka client writes its group metadata in an unknown form, so that zombies "
            "could not be told apart: exactly_once_v2 needs confluent-kafka 2.x"
        )
    (generation,) = _GENERATION.unpack_from(metadata, len(_MAGIC))
    group, member = metadata[len(_MAGIC) + _GENERATION.size :].split(b"\0")[:2]
    return GroupMetadata(group.decode(), generation, member.decode())


def written(group: str, generation: int, member: str, instance: str | None = None) -> bytes:
    """The bytes that a consumer would give, for a member that is none of the client library's.

    `require_known_form` tells whether the library still writes them like this.
    """
    fields = _MAGIC + _GENERATION.pack(generation) + group.encode() + b"\0" + member.encode() + b"\0"
    return fields + (b"\1" if instance is None else b"\0" + instance.encode() + b"\0")


def require_known_form(of_consumer: bytes, group: str) -> None:
    """Raise StreamsError unless the metadata of a consumer that is no member yet is what is written here for one."""
    if of_consumer != written(group, -1, ""):
        parse(of_consumer)
        raise StreamsError(
            "this version of the Kafka client writes its group metadata in another form: exactly_once_v2 with "
            "group.protocol=streams needs another one; group.protocol=classic does without"
        )


def checked(metadata: bytes | None) -> bytes:
    """The metadata, if it names a member of the group; TaskCorruptedError otherwise: the work cannot be committed."""
    if metadata is None:
        raise TaskCorruptedError("the thread is not a member of its group now: its last work is done again")
    parsed = parse(metadata)
    if parsed.generation < 0 or not parsed.member:
        raise TaskCorruptedError(
            f"the thread is not a member of group {parsed.group!r} now: its last work is done again"
        )
    return metadata
