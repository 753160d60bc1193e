"""Findings about topics: KS201 and on."""

from __future__ import annotations

from kstream_cli.changes.kind import Kind

TOPICS: tuple[Kind, ...] = (
    Kind(
        id="KS201",
        title="A repartition topic has another name",
        levels=("breaking",),
        example="The number in the name of an unnamed `group_by` changes.",
        why="Unread records in the old topic are never read. During a rolling restart the old instances still write "
        "to it.",
        remedy="Give the grouping, join or repartition the old name with `name=`. Or stop the input, wait until "
        "the lag of the old topic is 0, and then deploy.",
    ),
    Kind(
        id="KS202",
        title="A repartition topic is gone",
        levels=("careful",),
        example="A `group_by` becomes a `group_by_key`.",
        why="Unread records in it are never read.",
        remedy="Stop the input and wait until the topic's lag is 0 before the change.",
    ),
    Kind(
        id="KS203",
        title="A repartition topic gets other records",
        levels=("careful", "breaking"),
        example="The function of a `group_by` chooses another key. Or two unnamed `group_by` are swapped.",
        why="Unread records were written by the old code. The new code reads them as if they were its own. This is "
        "breaking if they belong to another operator.",
        remedy="Stop the input and wait until the topic's lag is 0, or give it a new name.",
    ),
    Kind(
        id="KS204",
        title="An internal topic has another number of partitions",
        levels=("breaking", "careful"),
        example="`repartition(partitions=4)` becomes 8.",
        why="The start fails: rows and records would be in the wrong partitions.",
        remedy="Keep the number, or give the repartition and the stores after it new names.",
    ),
    Kind(
        id="KS205",
        title="A topic is read that was not read before",
        levels=("careful",),
        example='`builder.stream("returns")` is added.',
        why="The offset reset says whether it is read from its beginning or from its end.",
        remedy="Set `offset_reset` where you read the topic.",
    ),
    Kind(
        id="KS206",
        title="A topic is no longer read",
        levels=("careful",),
        example="A stream is deleted.",
        why="Its committed offsets expire. If the topic comes back before that, reading continues from them. Later, "
        "reading starts where its offset reset says.",
        remedy="If you want that, do nothing.",
    ),
    Kind(
        id="KS207",
        title="A topic is read or written with another type",
        levels=("careful", "safe"),
        example='`builder.stream("orders", value=str)` becomes `value=Order`.',
        why="The records in the topic were written with the old type. Readers of a topic that you write find the new "
        "type. The change is safe if the new type reads everything that the old one wrote.",
        remedy="Use a serde that reads both, or a new topic.",
    ),
    Kind(
        id="KS208",
        title="A topic is written that was not written before",
        levels=("safe",),
        example='`.to("alerts")` is added.',
        why="The topic must exist.",
        remedy="Create it: `kstream topics create`.",
    ),
    Kind(
        id="KS209",
        title="A topic is no longer written",
        levels=("careful",),
        example='`.to("alerts")` is deleted.',
        why="Others may read it.",
        remedy="Ask its readers.",
    ),
    Kind(
        id="KS210",
        title="The offset reset of a topic has changed",
        levels=("safe",),
        example="`offset_reset` goes from earliest to latest.",
        why="It has an effect only if no offset is committed.",
        remedy="Do nothing.",
    ),
    Kind(
        id="KS211",
        title="A repartition topic is new",
        levels=("safe",),
        example="A `select_key` is put before a join.",
        why="It is created at the start, and starts empty.",
        remedy="Do nothing.",
    ),
    Kind(
        id="KS212",
        title="Committed offsets of a topic that is not read",
        levels=("careful",),
        example="The group has offsets of `orders`, which no source reads now.",
        why="They expire some time after the application has stopped reading the topic.",
        remedy="If you want that, do nothing.",
    ),
    Kind(
        id="KS213",
        title="A repartition topic's records have another type",
        levels=("breaking", "careful", "safe"),
        example="`group_by(…, key=int)` becomes `key=str`.",
        why="Unread records were written with the old type, and are read with the new one, as in KS109. During a "
        "rolling restart old and new instances read what the others write.",
        remedy="Stop the input and wait until the topic's lag is 0, or give it a new name.",
    ),
)
