"""Findings about settings, about code, and about what will break later: KS301, KS401 and KS501 and on."""

from __future__ import annotations

from kstream_cli.changes.kind import Kind

CODE: tuple[Kind, ...] = (
    Kind(
        id="KS301",
        title="The application id has changed",
        levels=("breaking", "careful"),
        example="`application.id` goes from `orders` to `orders-v2`.",
        why="Internal topics, committed offsets and local state belong to the id. With a new id the application "
        "starts from nothing.",
        remedy="Keep the id, unless the application shall start over. If you compare two files without an id, each "
        "has the name of its file: give an id with `--set application.id=orders`.",
    ),
    Kind(
        id="KS302",
        title="The processing guarantee has changed",
        levels=("careful",),
        example="`processing.guarantee` goes from `exactly_once_v2` to `at_least_once`.",
        why="State stays. Under `exactly_once_v2`, readers of the results must read only committed records. Under "
        "`at_least_once`, results may appear twice after a failure.",
        remedy="Restart all instances with the same guarantee.",
    ),
    Kind(
        id="KS303",
        title="A setting that changes data has changed",
        levels=("careful", "safe"),
        example="`default.timestamp.extractor` is set.",
        why="Results differ from then on.",
        remedy="If you want that, do nothing.",
    ),
    Kind(
        id="KS401",
        title="A function's code has changed",
        levels=("careful",),
        example="The body of a mapper is edited.",
        why="Behaviour may differ. Earlier results stay in stores and topics as they are.",
        remedy="Run both on the same records: `kstream try --compare`.",
    ),
    Kind(
        id="KS402",
        title="Operators without state were added or removed",
        levels=("safe",),
        example="A `filter` is put before `.to(…)`.",
        why="No state depends on it. Results differ.",
        remedy="Do nothing.",
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
        id="KS404",
        title="An operator works differently",
        levels=("careful",),
        example="A foreign-key join becomes a `left_join`, or the buffer of a suppression gets a limit.",
        why="Old rows were made in the old way, and stay as they are until their inputs change.",
        remedy="If you want that, do nothing. If old rows must be made again, start over.",
    ),
    Kind(
        id="KS501",
        title="A store or topic has a generated name",
        levels=("careful", "safe"),
        example="`.group_by_key().count()`",
        why="The number in the name is counted over the whole topology. If you put an operator before it, the name "
        "changes: the state is lost (KS101), or another operator gets it (KS102).",
        remedy="Name it: `store=` for aggregations, tables and the stores of joins, `name=` for groupings, "
        "suppressions and the topics of joins.",
    ),
    Kind(
        id="KS502",
        title="A node's records go nowhere",
        levels=("careful",),
        example="`builder.stream(…).map_values(…)` without anything after it.",
        why="The work of the node has no effect.",
        remedy="Write its records to a topic, or delete it.",
    ),
    Kind(
        id="KS503",
        title="Windows without grace",
        levels=("careful",),
        example="`TimeWindows.of_size(timedelta(minutes=5))` without `.grace(…)`",
        why="If a record comes after a newer one, its window may be closed. It is then dropped.",
        remedy="Give a grace as long as the longest delay that you expect, or say in a comment that no record is late.",
    ),
    Kind(
        id="KS504",
        title="Final results that never come",
        levels=("careful",),
        example="`suppress(Suppressed.until_window_closes(…))` after `UnlimitedWindows`.",
        why="The window never closes, so nothing is passed on.",
        remedy="Pass updates on, or use windows that end.",
    ),
    Kind(
        id="KS505",
        title="Records without a key are dropped before a join",
        levels=("careful",),
        example="A topic without keys is joined: `left_join` included.",
        why="A record without a key cannot be joined. It is dropped without an error.",
        remedy="Choose a key before the join: `select_key`.",
    ),
    Kind(
        id="KS506",
        title="State in memory without a changelog",
        levels=("careful",),
        example="An in-memory store with logging disabled.",
        why="Its rows are lost at every restart.",
        remedy="Leave logging on, or put the store on disk.",
    ),
    Kind(
        id="KS507",
        title="emit_on_idle downstream of an operator that waits for records",
        levels=("careful",),
        example="`suppress(Suppressed.until_window_closes(…, emit_on_idle=…))` after "
        "`emit_strategy(EmitStrategy.on_window_close())`.",
        why="The operator upstream emits its results only with further records. If the clock has closed a window "
        "downstream before, the window drops them as late. A suppress directly after it has nothing to emit.",
        remedy="Set emit_on_idle on all operators that wait, those upstream first.",
    ),
)
