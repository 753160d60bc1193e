"""What nodes do: an operation's name, from the node's generated name or its operator, and a few words about it."""

from __future__ import annotations

import re

GENERATED = re.compile(
    r"(?P<stem>(?:K(?:STREAM|TABLE)|COGROUPKSTREAM)-.+?)-?(?P<number>\d{10})(?P<branch>\d*)(?P<rest>\D.*)?"
)
"""A name that Kafka Streams gives: KSTREAM-MAPVALUES-0000000003."""

_BY_STEM = {
    "KSTREAM-SOURCE": "source",
    "KSTREAM-SINK": "sink",
    "KTABLE-SINK": "sink",
    "KSTREAM-FILTER": "filter",
    "KSTREAM-KEY-SELECT": "select_key",
    "KSTREAM-MAP": "map",
    "KSTREAM-MAPVALUES": "map_values",
    "KSTREAM-FLATMAP": "flat_map",
    "KSTREAM-FLATMAPVALUES": "flat_map_values",
    "KSTREAM-PEEK": "peek",
    "KSTREAM-FOREACH": "for_each",
    "KSTREAM-PRINTER": "print",
    "KSTREAM-BRANCH": "branch",
    "KSTREAM-MERGE": "merge",
    "KSTREAM-PROCESSOR": "process",
    "KSTREAM-PROCESSVALUES": "process_values",
    "KSTREAM-TRANSFORM": "process",
    "KSTREAM-TRANSFORMVALUES": "process_values",
    "KSTREAM-FLATTRANSFORM": "process",
    "KSTREAM-FLATTRANSFORMVALUES": "process_values",
    "KSTREAM-TOTABLE": "to_table",
    "KSTREAM-AGGREGATE": "aggregate",
    "KSTREAM-REDUCE": "reduce",
    "COGROUPKSTREAM-AGGREGATE": "aggregate",
    "COGROUPKSTREAM-MERGE": "merge",
    "KSTREAM-WINDOWED": "join_window",
    "KSTREAM-JOINTHIS": "join",
    "KSTREAM-JOINOTHER": "join",
    "KSTREAM-OUTERTHIS": "join",
    "KSTREAM-OUTEROTHER": "join",
    "KSTREAM-JOIN": "join",
    "KSTREAM-LEFTJOIN": "left_join",
    "KTABLE-SOURCE": "table",
    "KTABLE-FILTER": "filter",
    "KTABLE-MAPVALUES": "map_values",
    "KTABLE-TRANSFORMVALUES": "transform_values",
    "KTABLE-SELECT": "group_by",
    "KTABLE-AGGREGATE": "aggregate",
    "KTABLE-REDUCE": "reduce",
    "KTABLE-TOSTREAM": "to_stream",
    "KTABLE-SUPPRESS": "suppress",
    "KTABLE-JOINTHIS": "join",
    "KTABLE-JOINOTHER": "join",
    "KTABLE-LEFTTHIS": "join",
    "KTABLE-LEFTOTHER": "join",
    "KTABLE-OUTERTHIS": "join",
    "KTABLE-OUTEROTHER": "join",
    "KTABLE-MERGE": "join_result",
    "KTABLE-FK-JOIN-OUTPUT": "foreign_key_result",
    "KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION": "foreign_key_subscribe",
    "KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR": "foreign_key_lookup",
    "KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR": "foreign_key_resolve",
}

BY_SUFFIX = {
    "-this-windowed": "join_window",
    "-other-windowed": "join_window",
    "-this-join": "join",
    "-other-join": "join",
    "-outer-this-join": "join",
    "-outer-other-join": "join",
    "-join-this": "join",
    "-join-other": "join",
    "-repartition-filter": "drop_null_keys",
    "-subscription-registration-processor": "foreign_key_subscribe",
    "-subscription-receive": "foreign_key_store",
    "-subscription-join-foreign": "foreign_key_lookup",
    "-foreign-join-subscription": "foreign_key_lookup",
    "-subscription-response-resolver": "foreign_key_resolve",
}
"""What Kafka Streams adds to the user's name where an operation has several nodes."""

_BY_OPERATOR = {
    "Filter": "filter",
    "NullKeyFilter": "drop_null_keys",
    "SelectKey": "select_key",
    "Map": "map",
    "MapValues": "map_values",
    "FlatMap": "flat_map",
    "FlatMapValues": "flat_map_values",
    "Peek": "peek",
    "ForEach": "for_each",
    "Print": "print",
    "Branch": "split",
    "ProcessorOperator": "process",
    "Aggregate": "aggregate",
    "WindowAggregate": "aggregate",
    "SlidingAggregate": "aggregate",
    "SessionAggregate": "aggregate",
    "TableAggregate": "aggregate",
    "JoinWindow": "join_window",
    "StreamStreamJoin": "join",
    "OuterStreamJoin": "join",
    "SelfJoin": "join",
    "StreamTableJoin": "join",
    "StreamTableGraceJoin": "join",
    "StreamGlobalJoin": "join",
    "TableTableJoin": "join",
    "JoinMerge": "join_result",
    "TableFilter": "filter",
    "TableMapValues": "map_values",
    "TableTransformValues": "transform_values",
    "TableFromRecords": "table",
    "GroupTable": "group_by",
    "Suppress": "suppress",
    "ToStream": "to_stream",
    "SubscriptionSend": "foreign_key_subscribe",
    "SubscriptionReceive": "foreign_key_store",
    "SubscriptionJoin": "foreign_key_lookup",
    "ForeignTableJoin": "foreign_key_lookup",
    "ResponseResolver": "foreign_key_resolve",
}

KEY_CHANGING = frozenset(
    {"select_key", "map", "flat_map", "process", "group_by", "foreign_key_subscribe", "foreign_key_lookup"}
)
"""Operations after which a record's key may be another one."""

KEEPS_VALUE = frozenset(
    {"filter", "select_key", "peek", "split", "branch", "merge", "to_table", "to_stream", "join_window", "suppress"}
    | {"drop_null_keys", "pass_on", "table", "join_result"}
)
"""Operations that pass values on as they are."""

_WORDS = {
    "source": "reads records",
    "sink": "writes records",
    "filter": "keeps the records that the predicate holds for",
    "filter_not": "drops the records that the predicate holds for",
    "drop_null_keys": "drops records without a key",
    "repartition_filter": "drops records without a key, unless a left or outer join below takes them",
    "pass_on": "passes on all records, also those without a key",
    "select_key": "gives each record another key",
    "map": "makes a new key and value of each record",
    "map_values": "makes a new value of each record",
    "flat_map": "makes any number of records of each record",
    "flat_map_values": "makes any number of values of each value",
    "peek": "looks at each record and passes it on",
    "for_each": "calls a function for each record",
    "print": "prints each record",
    "split": "gives each record to the first branch whose predicate holds",
    "branch": "a branch of a split",
    "merge": "passes on the records of all its parents",
    "process": "runs a processor on each record",
    "process_values": "runs a processor that keeps each record's key",
    "transform_values": "makes a new value of each row, with a transformer",
    "to_table": "keeps the last value of each key as a table",
    "table": "keeps the last value of each key",
    "count": "counts the records of each key",
    "aggregate": "adds each record to its key's aggregate",
    "reduce": "combines the values of each key",
    "join_window": "keeps records so that those of the join's other side find them",
    "join": "joins each record with what matches it on the other side",
    "left_join": "joins each record with the row of its key, or with nothing",
    "join_result": "passes on the results of both sides of a join",
    "group_by": "gives each row another key, to be aggregated",
    "suppress": "holds updates back",
    "to_stream": "passes on each change as a record",
    "foreign_key_subscribe": "asks for the row that each row's foreign key names",
    "foreign_key_store": "keeps who asked for which row",
    "foreign_key_lookup": "answers with the row that was asked for",
    "foreign_key_resolve": "joins a row with the answer to its question",
    "foreign_key_result": "keeps the results of a foreign-key join",
}


def operation_of(name: str, operator: object | None = None) -> str | None:
    """The operation of a node; None where neither its name nor its operator tells."""
    if operator is not None:
        found = _BY_OPERATOR.get(type(operator).__name__)
        if found is not None:
            return _refined(found, operator)
    found = _by_name(name, operator)
    # Before a left or outer join, the filter of a repartition lets records without a key pass.
    is_open = type(operator).__name__ == "PassThrough" and found in ("filter", "drop_null_keys")
    return "pass_on" if is_open else found


def _by_name(name: str, operator: object | None) -> str | None:
    generated = GENERATED.fullmatch(name)
    if generated is not None:
        if operator is None and generated["stem"] == "KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION":
            return "foreign_key_subscribe"
        branch = generated["stem"] == "KSTREAM-BRANCH" and not generated["branch"] and not generated["rest"]
        return "split" if branch else _BY_STEM.get(generated["stem"])
    return next((operation for suffix, operation in BY_SUFFIX.items() if name.endswith(suffix)), None)


def _refined(operation: str, operator: object) -> str:
    if operation == "filter" and getattr(operator, "negate", False):
        return "filter_not"
    if operation == "process" and getattr(operator, "fixed_key", False):
        return "process_values"
    if operation == "aggregate":
        aggregator = getattr(operator, "aggregator", None) or getattr(operator, "adder", None)
        if getattr(aggregator, "__name__", "") == "one_more":
            return "count"
        if type(aggregator).__name__ == "Reducing":
            return "reduce"
    return operation


def words_for(operation: str | None) -> str | None:
    """A few words about what an operation does."""
    return None if operation is None else _WORDS.get(operation)


def is_generated(name: str) -> bool:
    """Whether Kafka Streams gave the node its name, rather than the user."""
    return GENERATED.fullmatch(name) is not None
