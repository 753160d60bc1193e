"""The types of the keys and values between nodes: from serdes, and from what the user's functions say they return."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any

from kstream_cli.described.facts import serde_name, windows_of
from kstream_cli.described.functions import given_functions
from kstream_cli.described.model import Types
from kstream_cli.described.operations import KEEPS_VALUE, KEY_CHANGING, operation_of
from kstream_cli.errors import StreamsError
from kstream_cli.serde.carried import CarriedSerde
from kstream_cli.serde.types import serde_for
from kstream_cli.state.store import StoreBuilder
from kstream_cli.topology.nodes import Node, ProcessorNode, SourceNode

_AGGREGATIONS = frozenset({"aggregate", "reduce", "count", "table", "to_table"})
_NEW_VALUE = {"map_values": "mapper", "flat_map_values": "mapper", "join": "joiner", "transform_values": "supplier"}


def common_types(taken: Sequence[Types]) -> Types:
    """What all the parents pass on; None for what they do not agree on."""
    keys, values = {each.key for each in taken}, {each.value for each in taken}
    return Types(key=keys.pop() if len(keys) == 1 else None, value=values.pop() if len(values) == 1 else None)


def types_given(
    node: Node, taken: Sequence[Types], stores: Mapping[str, StoreBuilder[Any, Any]], given: tuple[Any, Any]
) -> Types:
    """What a node passes on: of its parents' `taken`, and of the serdes `given` to the DSL, which say it last."""
    found = _types_given(node, taken, stores)
    key, value = (None if isinstance(serde, CarriedSerde) else serde_name(serde) for serde in given)
    return Types(key=found.key or key, value=found.value or value)


def _types_given(node: Node, taken: Sequence[Types], stores: Mapping[str, StoreBuilder[Any, Any]]) -> Types:
    if isinstance(node, SourceNode):
        return Types(key=serde_name(node.key), value=serde_name(node.value))
    if not isinstance(node, ProcessorNode):
        return Types()
    incoming = common_types(taken)
    operation = operation_of(node.name, node.operator)
    store = next((stores[name] for name in node.stores if name in stores), None)
    if operation in _AGGREGATIONS and store is not None:
        key = incoming.key if store.key is None else serde_name(store.key)
        windowed = windows_of(node.operator, ()) is not None
        return Types(
            key=f"Windowed[{key}]" if windowed and key else key, value=serde_name(store.value) or incoming.value
        )
    if operation in ("map", "flat_map", "group_by"):
        return _pair(_returned(node.operator))
    if operation == "select_key":
        return Types(key=_name(_returned(node.operator)), value=incoming.value)
    if operation in KEEPS_VALUE or operation == "filter_not":
        return incoming
    if operation == "flat_map_values":
        return Types(key=incoming.key, value=_name(_element(_returned(node.operator))))
    if operation in _NEW_VALUE:
        return Types(key=incoming.key, value=_name(_returned(node.operator)))
    if operation in KEY_CHANGING:
        return Types()
    return incoming if type(node.operator).__name__ == "PassThrough" else Types(key=incoming.key)


def _returned(operator: object) -> Any:
    """What the user's function says it returns; None where it does not say."""
    for _, function in given_functions(operator):
        function = getattr(function, "__func__", function)
        if "return" in getattr(function, "__annotations__", ()):
            try:
                return typing.get_type_hints(function).get("return")
            except Exception:  # a name that is there for type checkers only
                return None
    return None


def _pair(returned: Any) -> Types:
    returned = returned if typing.get_origin(returned) is tuple else _element(returned)
    given = typing.get_args(returned)
    if typing.get_origin(returned) is tuple and len(given) == 2 and given[1] is not ...:
        return Types(key=_name(given[0]), value=_name(given[1]))
    return Types()


def _element(returned: Any) -> Any:
    given = typing.get_args(returned)
    return given[0] if given else None


def _name(kind: Any) -> str | None:
    if kind is None or kind is Any or isinstance(kind, typing.TypeVar):
        return None
    try:
        return serde_name(serde_for(kind))
    except StreamsError:
        return str(kind)
