"""Why nothing comes out of an application: one cause, proved by what was seen on its cluster, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kstream_cli.operations.application_facts import ApplicationFacts, InputFacts, is_at_end
from kstream_cli.operations.silence_cause import (
    ALL_DROPPED,
    ALL_LATE,
    AT_END,
    EVERYTHING_FILTERED,
    FAILED,
    FAILS_AGAIN,
    HELD,
    IDLE_PARTITION,
    NEXT_COMMIT,
    NOT_KNOWN,
    NULL_KEYS,
    PAUSED,
    RESTORING,
    STARTING,
    STUCK,
    Silence,
    clock,
    let_go,
)
from kstream_cli.runtime.cluster.group_description import REBALANCING

OPEN_TRANSACTION_MS = 10_000
"""A transaction that is open for less may just be one that goes on."""


Rule = Callable[[ApplicationFacts], Silence | None]


def silence(facts: ApplicationFacts) -> Silence:
    """The first cause that the facts prove, the one that stands before the others; else that it is not known.

    What instances tell of themselves is among the facts.

    Example:
        >>> silence(facts).sentence
        'Source topic orders is missing.'
    """
    return next((found for rule in RULES if (found := rule(facts)) is not None), _not_known(facts))


def _missing(facts: ApplicationFacts) -> Silence | None:
    if not facts.missing:
        return None
    return Silence(
        "source topic missing",
        f"{_topics('Source topic', facts.missing)} missing.",
        "Create them with kstream topics create, or correct their names in the topology.",
    )


def _mismatch(facts: ApplicationFacts) -> Silence | None:
    if facts.mismatch is None:
        return None
    return Silence(
        "partitions differ",
        f"Joined topics have different numbers of partitions: {facts.mismatch.splitlines()[0]}",
        "Give them the same number, or repartition one of them in the topology.",
    )


def _java(facts: ApplicationFacts) -> Silence | None:
    group = facts.group
    if not facts.has_topology or not group.runs:
        return None
    if group.protocol_type and group.protocol_type != "consumer":
        return Silence(
            "another application",
            f"Group {facts.application_id} has members of the kind {group.protocol_type!r}, not of this application.",
            "Stop them, or give this application another application.id.",
        )
    if group.kind == "streams" and facts.group_protocol != "streams":
        names = ", ".join(member.name for member in group.members[:3])
        return Silence(
            "Java member",
            f"Group {facts.application_id} has members with group.protocol=streams ({names}): one with "
            f"group.protocol={facts.group_protocol} cannot join it.",
            "Set group.protocol=streams here too, stop those members, or choose another application.id.",
        )
    if group.protocol == "stream":
        names = ", ".join(member.name for member in group.members[:3])
        return Silence(
            "Java member",
            f"Kafka Streams for Java runs in group {facts.application_id} ({names}): kstream cannot join it.",
            "Stop the Java application (it may take its session.timeout.ms, 45 s, to leave), or choose another "
            "application.id.",
        )
    return None


def _another(facts: ApplicationFacts) -> Silence | None:
    if not facts.foreign:
        return None
    names = ", ".join(
        sorted(
            {each.name for each in facts.group.members if {topic for topic, _ in each.partitions} & {*facts.foreign}}
        )
    )
    return Silence(
        "another application",
        f"Another application is in group {facts.application_id}: {names} reads {', '.join(facts.foreign)}, which this "
        "topology does not read.",
        "Stop it, or give one of the two another application.id. In a rolling update, wait until it is through.",
    )


def _rebalancing(facts: ApplicationFacts) -> Silence | None:
    if facts.group.state not in REBALANCING:
        return None
    return Silence(
        "rebalancing",
        f"Group {facts.application_id} rebalances ({facts.group.state}): its members wait for their tasks.",
        "Wait. If it does not end, look at the instances' logs for one that joins and leaves again and again.",
    )


def _not_running(facts: ApplicationFacts) -> Silence | None:
    if facts.group.runs is not False or facts.told:
        return None  # Some brokers, the embedded one among them, do not show the members of a group.
    never = "" if any(each.committed is not None for each in facts.inputs) else ", and has never committed anything"
    return Silence(
        "not running",
        f"No instance of {facts.application_id} runs: its group has no members{never}.",
        "Start it: kstream run.",
    )


def _refused(facts: ApplicationFacts) -> Silence | None:
    if not facts.refused:
        return None
    return Silence(
        "sink without permission",
        f"These credentials may not write to {', '.join(facts.refused)}.",
        "Allow WRITE on the topic to the application's principal (kafka-acls --add --operation Write).",
    )


def _empty(facts: ApplicationFacts) -> Silence | None:
    sources = [each for each in facts.inputs if each.is_external]
    if not sources or not all(each.is_empty for each in sources):
        return None
    gone = any(each.end > 0 for each in sources)
    what = "have no records any more: all were deleted" if gone else "have no records: nothing was ever written"
    return Silence(
        "no input",
        f"The source topics {_names(sources)} {what}.",
        "Check the writers of these topics. kstream send puts records in by hand.",
    )


def _open_transaction(facts: ApplicationFacts) -> Silence | None:
    if not facts.reads_committed:
        return None
    for each in _read(facts):
        stands = each.committed is not None and each.committed >= each.stable and each.stable < each.end
        if stands and each.next_time is not None and facts.time - each.next_time >= OPEN_TRANSACTION_MS:
            return Silence(
                "transaction left open",
                f"A transaction on {each.topic}, partition {each.partition}, is open since {clock(each.next_time)}: "
                f"the application reads committed records only, and stops before it at offset {each.stable} "
                f"(the topic ends at {each.end}).",
                "End the producer that left it open, or wait for its transaction.timeout.ms. "
                "kafka-transactions find-hanging names it, and abort ends it.",
            )
    return None


def _dead_letters(facts: ApplicationFacts) -> Silence | None:
    letters = sum(count for _, count in facts.dead_letters)
    sources = [each for each in facts.inputs if each.is_external]
    if any(each.start for each in sources):
        return None  # What was deleted may have gone elsewhere.
    processed = sum(each.committed or 0 for each in sources)
    is_silent = facts.outputs and not any(count for _, count in facts.outputs)
    if not letters or not processed or letters < processed or not is_silent:
        return None
    topic = facts.dead_letters[0][0]
    return Silence(
        "all to dead letters",
        f"All {processed} records went to the dead letter topic {topic}: each of them failed.",
        f"See why: kstream peek {topic} -e",
    )


def _held(facts: ApplicationFacts) -> Silence | None:
    if not facts.held or not is_at_end(facts):
        return None
    first = min(facts.held, key=lambda held: held.until)
    what = "result" if first.count == 1 else "results"
    if first.by == "suppress":
        return Silence(
            HELD,
            f"suppress holds {first.count} {what} back in {first.store} until stream time {clock(first.until)}, and "
            "all input is read: stream time stands still.",
            let_go(first.emit_on_idle_ms),
        )
    return Silence(
        "window waits for stream time",
        f"{first.count} window{'s' * (first.count != 1)} of {first.store} wait{'s' * (first.count == 1)} for stream "
        f"time {clock(first.until)} to close, and all input is read: stream time stands still.",
        let_go(first.emit_on_idle_ms),
    )


def _latest(facts: ApplicationFacts) -> Silence | None:
    sources = [each for each in facts.inputs if each.is_external]
    filled = [each for each in sources if not each.is_empty]
    if facts.reset != "latest" or not filled:
        return None
    # The application commits where it begins, and beside it that it has read nothing yet.
    if is_at_end(facts) and all(each.read_time == -1 for each in filled):
        return Silence(
            "reset to latest",
            "auto.offset.reset is latest: the application began at the end of its input, and nothing new was written "
            "since.",
            "Send a record, or read the existing ones: kstream reset --to-earliest, with auto.offset.reset=earliest.",
        )
    if any(each.committed is not None for each in sources):
        return None
    newest = [each.next_time for each in filled if each.next_time is not None]
    # next_time is of the first record that is there: only where it is the only one is it the newest, too.
    if any(each.end - each.start > 1 for each in filled) or not newest:
        return None
    if facts.time - max(newest) < 2 * facts.commit_interval_ms:
        return None
    return Silence(
        "reset to latest",
        "auto.offset.reset is latest, nothing is committed, and nothing new was written since the application started.",
        "Send a record, or set auto.offset.reset=earliest to read the existing records.",
    )


def _at_end(facts: ApplicationFacts) -> Silence | None:
    if not is_at_end(facts):
        return None
    sources = [each for each in facts.inputs if each.is_external and not each.is_empty]
    return Silence(
        AT_END,
        f"All input is read: {_names(sources)} {'have' if len({each.topic for each in sources}) > 1 else 'has'} "
        "nothing new.",
        "Check the writers of these topics. Results that are missing were filtered out or dropped: "
        "kstream try shows what happens to a record.",
    )


def _not_known(facts: ApplicationFacts) -> Silence:
    behind = [each for each in facts.inputs if each.lag]
    seen = f"{'Neither the cluster nor its instances tell' if facts.told else 'The cluster alone does not tell'} why."
    if behind:
        lag = sum(each.lag or 0 for each in behind)
        seen = f"{lag} records wait in {_names(behind)}. {seen}"
    return Silence(
        NOT_KNOWN,
        seen,
        f"It commits every {facts.commit_interval_ms / 1000:g} s: look again then (kstream status --watch), and look "
        "at the instances' logs.",
    )


def _told(*causes: str) -> Rule:
    """The first of these causes that an instance tells of itself."""

    def rule(facts: ApplicationFacts) -> Silence | None:
        return next((each for cause in causes for each in facts.told if each.cause == cause), None)

    return rule


RULES: tuple[Rule, ...] = (
    _missing,
    _mismatch,
    _java,
    _another,
    _told(FAILED, FAILS_AGAIN, PAUSED, STUCK),
    _rebalancing,
    _told(RESTORING, STARTING),
    _refused,
    _not_running,
    _empty,
    _open_transaction,
    _dead_letters,
    _told(IDLE_PARTITION, NULL_KEYS, ALL_LATE, ALL_DROPPED, EVERYTHING_FILTERED),
    _held,
    _told(HELD, NEXT_COMMIT),
    _latest,
    _at_end,
    _told(AT_END),
)
"""In this order: each stands in the way of those after it."""


def _read(facts: ApplicationFacts) -> Iterator[InputFacts]:
    return (each for each in facts.inputs if not each.is_empty)


def _names(inputs: list[InputFacts]) -> str:
    return ", ".join(dict.fromkeys(each.topic for each in inputs))


def _topics(word: str, names: tuple[str, ...]) -> str:
    return f"{word} {names[0]} is" if len(names) == 1 else f"{word}s {', '.join(names)} are"
