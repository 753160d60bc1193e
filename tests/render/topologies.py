"""Topologies that tests draw: of many nodes, and with hostile names."""

from kstream_cli import StreamsBuilder
from kstream_cli.described.built import described
from kstream_cli.described.model import (
    DescribedNode,
    DescribedStore,
    DescribedSubtopology,
    DescribedTopology,
    Function,
    Position,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "'; alert(4); //",
    "]]> & &amp; &#60;b&#62;",
    "line\nbreak\r\ttab",
    "\x1b[31mred\x1b]0;title\x07",
    "`code` |pipe| *bold* _x_ [link](javascript:alert(5)) ~~s~~ $m$",
    '#quot; "]:::x end\n  click n0 "javascript:alert(6)"',
    "\u202egnirts\u2066",
    "back\\slash \\N \\G \\E",
    "a:b:c",
    "\ud800half",
    "{{name}} ${1} %s {0}",
    " ",
]
"""Names that would run, break or forge something where they are not escaped."""


def hostile():
    """One chain for each hostile name, which its nodes, store and topics carry: a saved topology may say anything."""
    parts = []
    for number, name in enumerate(HOSTILE):
        read, process, write = f"r{number}{name}", f"p{number}{name}", f"w{number}{name}"
        nodes = (
            DescribedNode(name=read, kind="source", topics=(f"i{number}{name}",), key=name, children=(process,)),
            DescribedNode(
                name=process,
                kind="processor",
                operation=name,
                stores=(f"s{number}{name}",),
                parents=(read,),
                children=(write,),
                functions=(Function(role=name, name=name, position=Position(file=name, line=1)),),
            ),
            DescribedNode(name=write, kind="sink", topics=(f"o{number}{name}",), parents=(process,)),
        )
        stores = (DescribedStore(name=f"s{number}{name}", kind=name, changelog=name),)
        topics = (f"i{number}{name}",)
        parts.append(DescribedSubtopology(id=number, source_topics=topics, nodes=nodes, stores=stores))
    return DescribedTopology(name=HOSTILE[0], subtopologies=tuple(parts))


def reading_one_table(parts):
    """So many subtopologies that look up rows of one global table, and of a table of their own."""
    builder = StreamsBuilder()
    rates = builder.global_table("rates", key=str, value=str, store="rates")
    for number in range(parts):
        rows = builder.table(f"rows-{number}", key=str, value=str, store=f"rows-{number}")
        stream = builder.stream(f"in-{number}", key=str, value=str, name=f"read-{number}")
        joined = stream.join(rows, lambda one, other: one, name=f"own-{number}")
        joined.join(rates, lambda one, other: one, selector=lambda key, value: value, name=f"rated-{number}")
    return described(builder.build({}), name="reading")


def counting(parts, name="counting"):
    """Two subtopologies of eleven nodes altogether for each part, in a chain of topics that ends in one."""
    builder = StreamsBuilder()
    for number in range(parts):
        stream = builder.stream(f"in-{number}", key=str, value=str).filter(lambda key, value: value != "")
        keyed = stream.map(lambda key, value: (value, value))
        counts = keyed.group_by_key(key=str, value=str).count(store=f"counts-{number}")
        counts.to_stream().map_values(str).to("out", value=str)
    return described(builder.build({"application.id": name}), name=name, application_id=name)
