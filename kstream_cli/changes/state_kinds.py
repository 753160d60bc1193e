"""Findings about stores: KS101 and on."""

from __future__ import annotations

from kstream_cli.changes.kind import Kind

STATE: tuple[Kind, ...] = (
    Kind(
        id="KS101",
        title="A store has another name",
        levels=("breaking",),
        example='`.count(store="views")` becomes `.count()`. Or a `filter` is put before an unnamed `count()`, and '
        "the number in its generated name changes.",
        why="A store is restored from the changelog topic with its name. With a new name it starts empty, and "
        "everything downstream starts over. The old changelog stays on the cluster, and nobody reads it.",
        remedy="Give the new store the old name: `store=` for an aggregation or a table, `name=` for a join or a "
        "suppression. You may also give a generated name.",
    ),
    Kind(
        id="KS102",
        title="A store's name belongs to another operator",
        levels=("breaking",),
        example="A module has two unnamed `count()`, and their order is swapped.",
        why="The operator reads rows that another operator wrote, and continues from them. There is no error, but "
        "all results are wrong from then on.",
        remedy="Give each operator the name of the store that it had before.",
    ),
    Kind(
        id="KS103",
        title="A store is gone",
        levels=("careful",),
        example="An aggregation is deleted.",
        why="Its changelog topic stays on the cluster, and nobody reads it. If the store comes back later, it "
        "continues from the old rows.",
        remedy="If you no longer need the state, delete the topic after the last old instance has ended.",
    ),
    Kind(
        id="KS104",
        title="A store is new",
        levels=("careful", "safe"),
        example="A `count()` is added to a stream that the application has read for a month.",
        why="The new store starts empty. Records that were read before are not in it. The change is safe if all of "
        "its topics are new to the application, too, or if the store is restored from its source topic.",
        remedy="If old records matter, run the new part as an application with its own application.id.",
    ),
    Kind(
        id="KS105",
        title="A store gets other records",
        levels=("careful",),
        example='A `filter` is put before `count(store="views")`, or the stream before it reads another topic.',
        why="The old rows stay, and the new records are added to them. If the store has a generated name and none "
        "of the old topics leads to it, kstream assumes that it belongs to another operator (KS102).",
        remedy="If the old rows do not fit the new records, give the store a new name, so that it starts empty.",
    ),
    Kind(
        id="KS106",
        title="A store is of another kind",
        levels=("breaking", "careful"),
        example='`count(store="views")` gets windows: the key-value store becomes a window store.',
        why="Each kind has its own layout of rows. The old rows cannot be read, or are read as nonsense. A table "
        "that becomes versioned, or no longer is, is only careful: its changelog has the same layout.",
        remedy="Give the store a new name, or go back to the old kind.",
    ),
    Kind(
        id="KS107",
        title="Windows are divided differently",
        levels=("breaking", "careful"),
        example="`TimeWindows.of_size(timedelta(minutes=5))` becomes ten minutes.",
        why="A row holds the start of its window, not its end. With another size, old rows count for windows that "
        "never existed. If only the advance, the gap or the time difference of a join changes, rows stay correct, but "
        "windows that are open now are incomplete. A processor's window store keeps rows by their start.",
        remedy="Give the store a new name together with the new windows.",
    ),
    Kind(
        id="KS108",
        title="Grace, retention or the time of results has changed",
        levels=("careful",),
        example="`grace` goes from an hour to a minute.",
        why="With a shorter retention, older rows are dropped, and some late records are no longer counted. A longer "
        "one does not bring back what is gone. Final results come earlier or later.",
        remedy="If you want that, do nothing.",
    ),
    Kind(
        id="KS109",
        title="A store's keys or values have another type",
        levels=("breaking", "careful", "safe"),
        example="`aggregate(…, value=int)` becomes `value=float`; or a field of a dataclass is renamed.",
        why="Rows of the changelog were written with the old type. A row that the new type cannot read ends the "
        "application. A field with another name is not read, and gets its default. A new field with a default is "
        "safe, and so is a wider type, such as `int` to `float`. A removed field is careful: its values are not "
        "written again. A key is found by its bytes, so any change of a key's type is breaking.",
        remedy="Give the field a default or its old name in JSON, or give the type an upgrade function "
        "(`JsonSerde(…, upgrade=…)`). Or give the store a new name.",
    ),
    Kind(
        id="KS110",
        title="The changelog is switched on or off",
        levels=("breaking", "careful"),
        example='`Materialized("views", logging=False)`',
        why="Without a changelog, state is lost when a task moves to another machine. With a new changelog, a task "
        "that moves finds only what was written since.",
        remedy="Keep the changelog for state that matters.",
    ),
    Kind(
        id="KS111",
        title="Caching is switched on or off",
        levels=("safe",),
        example='`Materialized("views", caching=False)`',
        why="State stays. With a cache, several changes of a key become one. Without, each is passed on.",
        remedy="Do nothing.",
    ),
    Kind(
        id="KS112",
        title="A store is restored from another topic",
        levels=("breaking", "careful"),
        example="`topology.optimization` is set to `none`: a table no longer uses its source topic as changelog.",
        why="If a store gets its own changelog, that is empty, and its source topic was already read: the table "
        "starts empty. The other way round, the table is restored from its source topic. It is complete if that "
        "topic is compacted or keeps everything.",
        remedy="Keep the optimisation, or start over with `kstream run --from-beginning`.",
    ),
    Kind(
        id="KS113",
        title="A store moves to another task",
        levels=("careful", "breaking"),
        example="A join connects two subtopologies: they become one, and those after it get new numbers.",
        why="Local state is in folders named by task. It is restored from the changelog at the first start, which "
        "takes time. If subtopologies merge or split, their number of partitions may change, and then the start "
        "fails. State without a changelog is lost.",
        remedy="Plan time for the restore, or keep the order of the subtopologies.",
    ),
    Kind(
        id="KS114",
        title="A store is kept differently",
        levels=("safe", "careful"),
        example="A store on disk becomes one in memory.",
        why="The changelog is the same, and the store is restored from it.",
        remedy="Plan time for the restore. A smaller number of entries drops rows.",
    ),
    Kind(
        id="KS115",
        title="The content of a store is not known",
        levels=("careful",),
        example="Two unnamed aggregations look the same in Java's text, which does not say what their functions do.",
        why="Only a generated name connects the operator to its rows. If the two were swapped, kstream could not "
        "see it.",
        remedy="Compare modules, or JSON of `kstream describe --json`, and give names to stores.",
    ),
    Kind(
        id="KS116",
        title="A changelog topic has other settings",
        levels=("safe", "careful"),
        example='`Materialized("views", logging={"cleanup.policy": "delete"})`',
        why="Settings are used only when a topic is created. An existing topic keeps its own. If those drop rows that "
        "the store still needs, a restore does not bring the rows back. So the check at start warns of a "
        "`retention.ms` shorter than the windows, of a `min.compaction.lag.ms` shorter than the history, and of a "
        "`cleanup.policy` that deletes.",
        remedy="Change the topic itself: `kafka-configs.sh --alter --entity-type topics`.",
    ),
    Kind(
        id="KS117",
        title="Not all could be compared",
        levels=("careful",),
        example="OLD is Java's text, which has no types and no windows. Or it is `app:orders`, of which a cluster "
        "shows only names. Or it is JSON that was saved with another version of Python, whose bytecode differs.",
        why="What was not compared may have changed. For example, another size of windows breaks a store, but its "
        "name stays.",
        remedy="Compare modules, a revision, or JSON of `kstream describe --json` from the same version of Python. "
        "Or check these yourself.",
    ),
)
