"""All findings that there are: an id that stays, what it means, an example, and the remedy.

`kstream diff`, `kstream check` and the look at start share them. The page docs/reference/findings.md is made of this
catalogue: `python -m kstream_cli.changes.page`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kstream_cli.changes.finding import Level

PAGE = "docs/reference/findings.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of finding. `levels` are those that it can have, the usual one first."""

    id: str
    title: str
    levels: tuple[Level, ...]
    example: str
    why: str
    remedy: str


CATEGORIES: dict[str, str] = {
    "KS1": "State",
    "KS2": "Topics",
    "KS3": "Settings",
    "KS4": "Code",
    "KS5": "What will break later",
}
"""The first part of an id -> what such findings are about."""

KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind(
            id="KS101",
            title="A store has another name",
            levels=("breaking",),
            example='`.count(store="views")` becomes `.count()`; or a `filter` is put before an unnamed `count()`, and '
            "the number in its generated name moves.",
            why="A store is restored from the changelog topic that carries its name. Under a new name it starts empty, "
            "and everything after it starts over. The old changelog stays behind, and nobody reads it.",
            remedy="Give the new one the old name: `store=` for an aggregation or a table, `name=` for a join or a "
            "suppression. A generated name may be given too.",
        ),
        Kind(
            id="KS102",
            title="A store's name belongs to another operator",
            levels=("breaking",),
            example="Two unnamed `count()` stand in a module, and their order is swapped.",
            why="The operator reads rows that another one wrote, and goes on from them. No error shows it: results "
            "are wrong from then on.",
            remedy="Give each operator the name of the store that it had.",
        ),
        Kind(
            id="KS103",
            title="A store is gone",
            levels=("careful",),
            example="An aggregation is deleted.",
            why="Its changelog topic stays on the cluster, and nobody reads it. Should the store come back later, it "
            "goes on from the old rows.",
            remedy="When the state is no longer needed, delete the topic after the last old instance has ended.",
        ),
        Kind(
            id="KS104",
            title="A store is new",
            levels=("careful", "safe"),
            example="A `count()` is added to a stream that the application has read for a month.",
            why="The new store starts empty. Records that were read before are not in it. It is safe where all of its "
            "topics are new to the application too, or where the store is restored from its source topic.",
            remedy="Where the past matters, run the new part as an application with its own application.id.",
        ),
        Kind(
            id="KS105",
            title="A store gets other records",
            levels=("careful",),
            example='A `filter` is put before `count(store="views")`, or the stream before it reads another topic.',
            why="The rows from before stay, and the new records are added to them. Where the store has a generated "
            "name and none of the old topics leads to it any more, it is taken for another operator's (KS102).",
            remedy="Where old rows do not fit the new records, give the store a new name, so that it starts empty.",
        ),
        Kind(
            id="KS106",
            title="A store is of another kind",
            levels=("breaking", "careful"),
            example='`count(store="views")` gets windows: the key-value store becomes a window store.',
            why="Each kind lays out its rows in its own way. The old rows cannot be read, or are read as nonsense. A "
            "table that gets a history, or loses it, is careful: its changelog holds the same.",
            remedy="Give the store a new name, or go back to the old kind.",
        ),
        Kind(
            id="KS107",
            title="Windows are divided in another way",
            levels=("breaking", "careful"),
            example="`TimeWindows.of_size(timedelta(minutes=5))` becomes ten minutes.",
            why="A row holds when its window begins, not when it ends. With another size, old rows count as windows "
            "that they never were. Where only the steps, the gap or a join's reach change, rows stay what they are, "
            "and windows that are open now are incomplete. A processor's window store keeps rows by their start.",
            remedy="Give the store a new name together with the new windows.",
        ),
        Kind(
            id="KS108",
            title="Grace, retention or the time of results has changed",
            levels=("careful",),
            example="`grace` goes from an hour to a minute.",
            why="Rows older than a shorter retention are dropped, and late records that were counted are not any more. "
            "A longer one does not bring back what is gone. Final results come earlier or later.",
            remedy="Nothing has to be done where that is meant.",
        ),
        Kind(
            id="KS109",
            title="A store's keys or values have another type",
            levels=("breaking", "careful", "safe"),
            example="`aggregate(…, value=int)` becomes `value=float`; or a field of a dataclass is renamed.",
            why="Rows of the changelog were written with the old type. What the new one cannot read ends the "
            "application; a field with another name is not read, and its default stands in its place. A new field "
            "with a default is safe, and so is a wider type, as `int` to `float`. A field that is gone is careful: "
            "its values are not written again. A key is found by its bytes, so any change of a key's type breaks.",
            remedy="Give the field a default or its old name in JSON, or the type an upgrade function "
            "(`JsonSerde(…, upgrade=…)`); or give the store a new name.",
        ),
        Kind(
            id="KS110",
            title="The changelog is switched on or off",
            levels=("breaking", "careful"),
            example='`Materialized("views", logging=False)`',
            why="Without a changelog, state is gone when a task moves to another machine. With a new one, a task that "
            "moves finds only what was written since.",
            remedy="Keep the changelog on for state that matters.",
        ),
        Kind(
            id="KS111",
            title="Caching is switched",
            levels=("safe",),
            example='`Materialized("views", caching=False)`',
            why="State stays. With a cache, several changes of a key become one; without, each is passed on.",
            remedy="Nothing has to be done.",
        ),
        Kind(
            id="KS112",
            title="A store is restored from another topic",
            levels=("breaking", "careful"),
            example="`topology.optimization` is set to `none`: a table no longer uses its source topic as changelog.",
            why="A store that gets a changelog of its own finds it empty, while its source topic has been read: the "
            "table starts empty. The other way round, the table is restored from its source topic, and is complete if "
            "that topic is compacted or keeps everything.",
            remedy="Keep the optimisation, or start over with `kstream run --from-beginning`.",
        ),
        Kind(
            id="KS113",
            title="A store moves to another task",
            levels=("careful", "breaking"),
            example="A join connects two subtopologies: they become one, and those after it get new numbers.",
            why="Local state lies in folders named by task. It is restored from the changelog at the first start, "
            "which takes time. Where subtopologies merge or split, their number of partitions may change, and then "
            "the start fails. State without a changelog is lost.",
            remedy="Plan time for the restore, or keep the order of the parts.",
        ),
        Kind(
            id="KS114",
            title="A store is kept in another way",
            levels=("safe", "careful"),
            example="A store on disk becomes one in memory.",
            why="The changelog is the same, and the store is restored from it.",
            remedy="Plan time for the restore. A smaller number of entries drops rows.",
        ),
        Kind(
            id="KS115",
            title="It is not known what a store holds",
            levels=("careful",),
            example="Two unnamed aggregations look alike in Java's text, which does not say what their functions do.",
            why="A generated name is the only thing that ties the operator to its rows. If the two were swapped, "
            "nobody would see it here.",
            remedy="Compare modules, or JSON of `kstream describe --json`; and give names to stores.",
        ),
        Kind(
            id="KS116",
            title="A changelog topic is kept in another way",
            levels=("safe", "careful"),
            example='`Materialized("views", logging={"cleanup.policy": "delete"})`',
            why="The configuration is given to a topic that is made. One that is there keeps its own. Where that drops "
            "rows that the store still needs, a restore does not bring them back: the look at start warns of a "
            "`retention.ms` shorter than the windows, of a `min.compaction.lag.ms` shorter than the history, and of a "
            "`cleanup.policy` that deletes.",
            remedy="Change the topic itself: `kafka-configs.sh --alter --entity-type topics`.",
        ),
        Kind(
            id="KS117",
            title="Not all could be compared",
            levels=("careful",),
            example="OLD is Java's text, which says no types and no windows; or `app:orders`, of which a cluster shows "
            "names only; or a JSON that was saved with another version of Python, whose bytecode is another.",
            why="What is not said may have changed: another size of windows breaks a store, and its name stays.",
            remedy="Compare modules, a revision, or JSON of `kstream describe --json` of the same version of Python; "
            "or look at these by eye.",
        ),
        Kind(
            id="KS201",
            title="A repartition topic has another name",
            levels=("breaking",),
            example="An unnamed `group_by` moves by one number.",
            why="Records on their way in the old topic are never read. Old instances of a rolling restart go on "
            "writing to it.",
            remedy="Give the grouping, join or repartition the old name with `name=`. Or stop the input, wait until "
            "the lag of the old topic is 0, and then change over.",
        ),
        Kind(
            id="KS202",
            title="A repartition topic is gone",
            levels=("careful",),
            example="A `group_by` becomes a `group_by_key`.",
            why="Records on their way in it are never read.",
            remedy="Stop the input and wait until the topic's lag is 0 before the change.",
        ),
        Kind(
            id="KS203",
            title="A repartition topic gets other records",
            levels=("careful", "breaking"),
            example="The function of a `group_by` chooses another key; or two unnamed ones are swapped.",
            why="Records on their way were written by the old code. The new code reads them as if they were its own. "
            "It is breaking where they belong to another operator.",
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
            title="A topic is read that was not",
            levels=("careful",),
            example='`builder.stream("returns")` is added.',
            why="It is read from its beginning or from its end, as its offset reset says.",
            remedy="Set `offset_reset` where the topic is read.",
        ),
        Kind(
            id="KS206",
            title="A topic is no longer read",
            levels=("careful",),
            example="A stream is deleted.",
            why="Its committed offsets expire. When it comes back within that time, reading goes on from there; later, "
            "from where its offset reset says.",
            remedy="Nothing has to be done where that is meant.",
        ),
        Kind(
            id="KS207",
            title="A topic is read or written with another type",
            levels=("careful", "safe"),
            example='`builder.stream("orders", value=str)` becomes `value=Order`.',
            why="Records that are there were written with the old type. Readers of a topic that is written find the "
            "new one. It is safe where the new type reads all that the old one wrote.",
            remedy="Use a serde that reads both, or a new topic.",
        ),
        Kind(
            id="KS208",
            title="A topic is written that was not",
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
            why="It counts only where no offset is committed.",
            remedy="Nothing has to be done.",
        ),
        Kind(
            id="KS211",
            title="A repartition topic is new",
            levels=("safe",),
            example="A `select_key` is put before a join.",
            why="It starts empty, and is made at the start.",
            remedy="Nothing has to be done.",
        ),
        Kind(
            id="KS212",
            title="Committed offsets of a topic that is not read",
            levels=("careful",),
            example="The group has offsets of `orders`, which no source reads any more.",
            why="They expire some time after the application has stopped reading the topic.",
            remedy="Nothing has to be done where that is meant.",
        ),
        Kind(
            id="KS213",
            title="A repartition topic's records have another type",
            levels=("breaking", "careful", "safe"),
            example="`group_by(…, key=int)` becomes `key=str`.",
            why="Records on their way were written with the old type, and are read with the new one: as with KS109. "
            "During a rolling restart old and new instances read what the others write.",
            remedy="Stop the input and wait until the topic's lag is 0, or give it a new name.",
        ),
        Kind(
            id="KS301",
            title="The application id is another one",
            levels=("breaking",),
            example="`application.id` goes from `orders` to `orders-v2`.",
            why="Internal topics, committed offsets and local state carry the id. Under a new one the application "
            "starts from nothing.",
            remedy="Keep the id, unless the application is meant to start over.",
        ),
        Kind(
            id="KS302",
            title="The processing guarantee is another one",
            levels=("careful",),
            example="`processing.guarantee` goes from `exactly_once_v2` to `at_least_once`.",
            why="State stays. Readers of the results must read committed records only under `exactly_once_v2`; under "
            "`at_least_once` results may appear twice after a failure.",
            remedy="Restart all instances with the same guarantee.",
        ),
        Kind(
            id="KS303",
            title="A setting that changes data is another one",
            levels=("careful", "safe"),
            example="`default.timestamp.extractor` is set.",
            why="Results differ from then on.",
            remedy="Nothing has to be done where that is meant.",
        ),
        Kind(
            id="KS401",
            title="A function's code has changed",
            levels=("careful",),
            example="The body of a mapper is edited.",
            why="Behaviour may differ. What it made before stays in stores and topics as it is.",
            remedy="Run both on the same records: `kstream try`.",
        ),
        Kind(
            id="KS402",
            title="Operators without state were added or removed",
            levels=("safe",),
            example="A `filter` is put before `.to(…)`.",
            why="No state depends on it. Results differ.",
            remedy="Nothing has to be done.",
        ),
        Kind(
            id="KS403",
            title="A topology without an application's past",
            levels=("safe",),
            example="The application has neither topics nor committed offsets on the cluster.",
            why="There is nothing that could break.",
            remedy="Check the application id if you expected state.",
        ),
        Kind(
            id="KS501",
            title="A store or topic has a generated name",
            levels=("careful", "safe"),
            example="`.group_by_key().count()`",
            why="The number in the name is counted over the whole topology. Put an operator before it, and the name "
            "moves: the state is lost (KS101), or another operator gets it (KS102).",
            remedy="Name it: `store=` for aggregations, tables and the stores of joins, `name=` for groupings, "
            "suppressions and the topics of joins.",
        ),
        Kind(
            id="KS502",
            title="A node's records go nowhere",
            levels=("careful",),
            example="`builder.stream(…).map_values(…)` without anything after it.",
            why="The node works for nothing.",
            remedy="Write its records to a topic, or delete it.",
        ),
        Kind(
            id="KS503",
            title="Windows without grace",
            levels=("careful",),
            example="`TimeWindows.of_size(timedelta(minutes=5))` without `.grace(…)`",
            why="A record that comes later than a newer one may find its window closed, and is dropped.",
            remedy="Give a grace as long as records may be late, or state with an allowing comment that none are.",
        ),
        Kind(
            id="KS504",
            title="Final results that never come",
            levels=("careful",),
            example="`suppress(Suppressed.until_window_closes(…))` after `UnlimitedWindows`.",
            why="The window never closes, so nothing is passed on.",
            remedy="Pass on updates, or use windows that end.",
        ),
        Kind(
            id="KS505",
            title="Records without a key are dropped before a join",
            levels=("careful",),
            example="A topic without keys is joined: `left_join` included.",
            why="A record without a key meets nothing, and is dropped without an error.",
            remedy="Choose a key before the join: `select_key`.",
        ),
        Kind(
            id="KS506",
            title="State in memory without a changelog",
            levels=("careful",),
            example="An in-memory store with logging disabled.",
            why="Its rows are gone at every restart.",
            remedy="Leave logging on, or put the store on disk.",
        ),
        Kind(
            id="KS507",
            title="emit_on_idle below what waits for records",
            levels=("careful",),
            example="`suppress(Suppressed.until_window_closes(…, emit_on_idle=…))` after "
            "`emit_strategy(EmitStrategy.on_window_close())`.",
            why="What waits above comes with further records only. A window below that the clock has closed by then "
            "drops it as late; a suppress right below has nothing that it could let go.",
            remedy="Give emit_on_idle to all that waits on the way, the uppermost first.",
        ),
    )
}
"""Id -> what there is to say of it."""


__all__ = ["CATEGORIES", "KINDS", "PAGE", "Kind"]
