"""Findings about stores: KS101 and on."""

from __future__ import annotations

from kstream_cli.changes.kind import Kind

STATE: tuple[Kind, ...] = (
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
)
