"""The pairs: each one an edit that somebody makes, by the kind of what it touches."""

from __future__ import annotations

from builds import (
    ALL,
    NONE,
    SIZE,
    a_views,
    aggregated,
    aggregated_twice,
    appended,
    b_views,
    branched,
    cogrouped,
    counted,
    enriched,
    foreign,
    joined,
    kept,
    merged,
    passing,
    plain,
    processed,
    regrouped,
    several,
    suppressed,
    through,
    window_rows,
)
from pairs import Pair
from unusual import UNUSUAL

from kstream_cli import (
    DayWindows,
    EmitStrategy,
    JoinWindows,
    Materialized,
    SessionWindows,
    SlidingWindows,
    Stores,
    TimeWindows,
    UnlimitedWindows,
)

HAND_MADE: tuple[Pair, ...] = (
    # Names
    Pair("a store renamed", counted("n"), counted("m")),
    Pair("a store that loses its name", counted("n"), counted(None)),
    Pair("a store that gets a name", counted(None), counted("n")),
    Pair("a generated name that moves", counted(None), counted(None, before=passing)),
    Pair("a generated name kept by hand", counted(None), counted("KSTREAM-AGGREGATE-STATE-STORE-0000000001")),
    Pair(
        "a generated name kept by hand behind a filter",
        counted(None),
        counted("KSTREAM-AGGREGATE-STATE-STORE-0000000001", before=passing),
    ),
    Pair(
        "two unnamed counts swapped",
        several(counted(None, before=a_views), counted(None, before=b_views)),
        several(counted(None, before=b_views), counted(None, before=a_views)),
    ),
    Pair(
        "two alike unnamed counts, one removed",
        several(counted(None), counted(None, topic="visits")),
        counted(None, topic="visits"),
    ),
    Pair("two alike unnamed counts, the last removed", several(counted(None), counted(None)), counted(None)),
    Pair(
        "names of two stores exchanged",
        several(counted("a", before=a_views), counted("b", before=b_views)),
        several(counted("b", before=a_views), counted("a", before=b_views)),
    ),
    Pair(
        "named counts in another order",
        several(counted("a", before=a_views), counted("b", before=b_views)),
        several(counted("b", before=b_views), counted("a", before=a_views)),
    ),
    Pair("unnamed branches in another order", branched(), branched(turned=True)),
    Pair("named branches in another order", branched(stores=("a", "b")), branched(turned=True, stores=("b", "a"))),
    Pair("branches that exchange their stores", branched(stores=("a", "b")), branched(stores=("b", "a"))),
    Pair(
        "a filter renamed",
        counted("n", before=lambda s: s.filter(lambda k, v: True, name="x")),
        counted("n", before=lambda s: s.filter(lambda k, v: True, name="y")),
    ),
    Pair("another count first", counted("n"), several(counted("m", topic="visits"), counted("n"))),
    Pair("another count last", counted(None), several(counted(None), counted("m", topic="visits"))),
    # Windows
    Pair("windows of another size", counted(windows=SIZE), counted(windows=TimeWindows.of_size(200).grace(50))),
    Pair("tumbling windows that hop", counted(windows=SIZE), counted(windows=SIZE.advance_by(50))),
    Pair("hops of another length", counted(windows=SIZE.advance_by(50)), counted(windows=SIZE.advance_by(25))),
    Pair("another grace", counted(windows=SIZE), counted(windows=TimeWindows.of_size(100).grace(5))),
    Pair("a longer retention", counted(windows=SIZE), counted(Materialized("n", retention=500_000), windows=SIZE)),
    Pair("a shorter retention", counted(Materialized("n", retention=500_000), windows=SIZE), counted(windows=SIZE)),
    Pair("windows where none were", counted(), counted(windows=SIZE)),
    Pair("no windows any more", counted(windows=SIZE), counted()),
    Pair(
        "sessions instead of windows",
        counted(windows=SIZE),
        counted(windows=SessionWindows.of_inactivity_gap(30)),
    ),
    Pair(
        "sessions with another gap",
        counted(windows=SessionWindows.of_inactivity_gap(30)),
        counted(windows=SessionWindows.of_inactivity_gap(70)),
    ),
    Pair(
        "sliding windows of another length",
        counted(windows=SlidingWindows.of_time_difference(50)),
        counted(windows=SlidingWindows.of_time_difference(90)),
    ),
    Pair(
        "sliding windows instead of tumbling ones",
        counted(windows=SIZE),
        counted(windows=SlidingWindows.of_time_difference(100).grace(50)),
    ),
    Pair(
        "days of another zone",
        counted(windows=DayWindows.of_zone("Europe/Berlin")),
        counted(windows=DayWindows.of_zone("Asia/Tokyo")),
    ),
    Pair("windows without an end", counted(windows=SIZE), counted(windows=UnlimitedWindows.of())),
    # Joins
    Pair("an unnamed join turned round", joined(), joined(turned=True)),
    Pair("a named join turned round", joined(store="j"), joined(turned=True, store="j")),
    Pair("a join that gets a name", joined(), joined(store="j")),
    Pair("a join's node renamed", joined(name="x"), joined(name="y")),
    Pair("a wider join", joined(store="j"), joined(store="j", window=JoinWindows.of_time_difference(80))),
    Pair(
        "a join with grace", joined(store="j"), joined(store="j", window=JoinWindows.of_time_difference(50).grace(1000))
    ),
    Pair("a join that becomes a left one", joined(store="j"), joined("left_join", store="j")),
    Pair("a left join that becomes an inner one", joined("left_join", store="j"), joined(store="j")),
    Pair(
        "a left join that becomes an outer one", joined("left_join", store="j"), joined("outer_join", store="j"), False
    ),
    Pair("two unnamed joins swapped", several(joined(), counted()), several(counted(), joined())),
    Pair("a table join that becomes a left one", enriched(), enriched(left=True)),
    Pair("a new table join before a count", counted("n"), enriched()),
    Pair("a table join removed", enriched(), counted("n")),
    Pair("a foreign-key join that gets a name", foreign(), foreign(name="fk")),
    Pair("an unnamed foreign-key join that moves", foreign(), foreign(before=passing)),
    Pair("a named foreign-key join that moves", foreign(name="fk"), foreign(name="fk", before=passing)),
    Pair("a foreign-key join that is stored", foreign(name="fk"), foreign(name="fk", store="joined")),
    # Types and kinds
    Pair("a sum that becomes text", aggregated(int, 0, lambda k, v, n: n + 1), aggregated(str, "", appended), False),
    Pair(
        "a sum that becomes a float",
        aggregated(int, 0, lambda k, v, n: n + 1),
        aggregated(float, 0.0, lambda k, v, n: n + 1),
        False,
    ),
    Pair(
        "another sum of the same type",
        aggregated(str, "", appended),
        aggregated(str, "", lambda k, v, total: f"{v}{total}"),
        False,
    ),
    Pair("a default type that changes", counted("n"), counted("n"), False, (), {}, {"default.key.serde": bytes}),
    Pair("a store that goes to memory", counted("n"), counted(Materialized("n", store_type="in_memory"))),
    Pair("a store that goes to disk", counted(Materialized("n", store_type="in_memory")), counted("n")),
    Pair("stores that go to memory", counted(None), counted(None), True, (), {}, {"default.dsl.store": "in_memory"}),
    Pair("rows with headers", counted("n"), counted("n"), True, (), {}, {"dsl.store.format": "HEADERS"}),
    Pair("rows without headers", counted("n"), counted("n"), True, (), {"dsl.store.format": "HEADERS"}, {}),
    Pair(
        "windowed rows with headers",
        counted("n", windows=SIZE),
        counted("n", windows=SIZE),
        True,
        (),
        {},
        {"dsl.store.format": "HEADERS"},
    ),
    Pair(
        "a table that gets a history",
        kept("p"),
        kept(Materialized(supplier=Stores.versioned("p", history_retention=100_000))),
    ),
    Pair(
        "a table that loses its history",
        kept(Materialized(supplier=Stores.versioned("p", history_retention=99_000))),
        kept("p"),
    ),
    Pair(
        "a shorter history",
        kept(Materialized(supplier=Stores.versioned("p", history_retention=100_000))),
        kept(Materialized(supplier=Stores.versioned("p", history_retention=50_000))),
    ),
    Pair("no cache", counted("n"), counted(Materialized("n", caching=False))),
    Pair("a smaller cache", counted("n"), counted("n"), True, (), {}, {"statestore.cache.max.bytes": 0}),
    Pair("no changelog any more", counted("n"), counted(Materialized("n", logging=False))),
    Pair("a changelog at last", counted(Materialized("n", logging=False)), counted("n")),
    Pair("another changelog configuration", counted("n"), counted(Materialized("n", logging={"segment.ms": "60000"}))),
    # Processors
    Pair("a processor's store renamed", processed(plain("a")), processed(plain("b"))),
    Pair("a processor renamed", processed(plain("a")), processed(plain("a"), name="q")),
    Pair("a processor's rows with timestamps", processed(plain()), processed(plain(timestamped=True)), False),
    Pair("a processor's store in memory", processed(plain()), processed(plain(persistent=False))),
    Pair(
        "fewer entries",
        processed(Stores.lru_map("l", 100, key=str, value=str)),
        processed(Stores.lru_map("l", 2, key=str, value=str)),
        False,
    ),
    Pair(
        "an LRU map instead of all rows",
        processed(plain("l")),
        processed(Stores.lru_map("l", 2, key=str, value=str)),
        False,
    ),
    # Topics
    Pair("a source more", counted("n"), counted("n", topic=["views", "visits"])),
    Pair("a source less", counted("n", topic=["views", "visits"]), counted("n"), False),
    Pair("a source topic renamed", counted("n"), counted("n", topic="visits"), False),
    Pair("a source topic renamed below an unnamed count", counted(None), counted(None, topic="visits"), False),
    Pair("a merge the other way round", merged(), merged(turned=True)),
    Pair("a stream more in a cogroup", cogrouped("views"), cogrouped("views", "visits"), False),
    Pair("a cogroup in another order", cogrouped("views", "visits"), cogrouped("visits", "views")),
    Pair("a grouping renamed", regrouped(name="by"), regrouped(name="of")),
    Pair("a grouping that loses its name", regrouped(name="by"), regrouped()),
    Pair("an unnamed grouping that moves", regrouped(store=None), regrouped(store=None, before=passing)),
    Pair("an unnamed grouping of a named store that moves", regrouped(), regrouped(before=passing)),
    Pair("a grouping by another key", regrouped(name="by"), regrouped(name="by", by=lambda k, v: str(v)[-1:]), False),
    Pair("a grouping that is gone", regrouped(name="by"), counted("n"), False),
    Pair("a new grouping", counted("n"), regrouped(name="by"), False),
    Pair("a repartition more", counted("n"), through(name="spread")),
    Pair("a repartition less", through(name="spread"), counted("n")),
    Pair("a repartition of more partitions", through(name="s", partitions=1), through(name="s", partitions=2), False),
    Pair("keys of a repartition as bytes", through(name="s", key=str), through(name="s", key=bytes), False),
    Pair(
        "another reset",
        counted("n"),
        lambda b: b.stream("views", offset_reset="latest").group_by_key().count(store="n") and None,
        False,  # An application that began with this reset would have left out what was there.
    ),
    Pair(
        "other writers",
        several(counted(), lambda b: b.stream("views").to("a")),
        several(counted(), lambda b: b.stream("views").to("b")),
    ),
    # Tables
    Pair("a table that loses its name", kept("p"), kept(None)),
    Pair("an optimised table that loses its name", kept("p"), kept(None), True, (), ALL, ALL),
    Pair("a table that is optimised", kept("p"), kept("p"), True, (), NONE, ALL),
    Pair("a table that is no longer optimised", kept("p"), kept("p"), True, (), ALL, NONE),
    Pair(
        "a filtered table that is stored",
        kept("p", then=lambda t: t.filter(lambda k, v: True)),
        kept("p", then=lambda t: t.filter(lambda k, v: True, store="f")),
    ),
    Pair("a table that becomes a stream", kept("p"), counted("p", topic="prices"), False),
    Pair("repartitions that are merged", aggregated_twice, aggregated_twice, True, (), NONE, ALL),
    Pair("repartitions that are no longer merged", aggregated_twice, aggregated_twice, True, (), ALL, NONE),
    Pair("a wait that gets a name", suppressed(), suppressed(name="wait")),
    Pair("an unnamed wait that moves", suppressed(), suppressed(before=passing)),
    Pair("a named wait that moves", suppressed(name="wait"), suppressed(name="wait", before=passing)),
    Pair("a longer wait", suppressed(name="wait"), suppressed(name="wait", wait=90)),
    Pair(
        "results at the end of windows",
        counted(windows=SIZE),
        lambda b: (
            b.stream("views")
            .group_by_key()
            .windowed_by(SIZE)
            .emit_strategy(EmitStrategy.on_window_close())
            .count(store="n")
            and None
        ),
    ),
    # Settings
    Pair("exactly once", counted("n"), counted("n"), True, (), {}, {"processing.guarantee": "exactly_once_v2"}),
    Pair("at least once", counted("n"), counted("n"), True, (), {"processing.guarantee": "exactly_once_v2"}, {}),
    Pair("another application", counted("n"), counted("n"), True, (), {}, {"application.id": "another"}),
    Pair("nothing", counted("n"), counted("n")),
    Pair("windows of a processor's store", processed(window_rows()), processed(window_rows(window_size=200)), False),
    *UNUSUAL,
)
