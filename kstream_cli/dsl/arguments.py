"""What the user gives to an operation: checked when it is added, where the traceback shows their line."""

from __future__ import annotations

from kstream_cli.callables import check_function
from kstream_cli.errors import TopologyError
from kstream_cli.user_objects import repr_of


def check_kind(given: object, what: str, *kinds: type, remedy: str = "") -> None:
    """Raise TopologyError unless `given`, which the user knows as `what`, is of one of the kinds."""
    if not isinstance(given, kinds):
        known = " or ".join(kind.__name__ for kind in kinds)
        raise TopologyError(f"{what} takes a {known}, not {repr_of(given)}{remedy}")


def check_value_function(function: object, role: str, *, with_key: bool, yields: bool = False) -> None:
    """Raise TopologyError unless a function takes (value), or (key, value) with `with_key`."""
    if with_key:
        check_function(function, role, "key", "value", yields=yields)
    else:
        check_function(function, role, "value", remedy="; with_key=True makes it (key, value)", yields=yields)
