"""What may be said about a stream's join besides the joiner (Java: JoinWindows, StreamJoined, Joined)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kstream_cli.dsl.arguments import check_kind
from kstream_cli.dsl.operators.result_headers import ResultHeaders
from kstream_cli.dsl.options import StoreOption
from kstream_cli.dsl.windows import JoinWindows
from kstream_cli.duration import Duration
from kstream_cli.errors import TopologyError
from kstream_cli.serde.serde import Serde
from kstream_cli.state.builders import WindowStoreBuilder

KeySelector: TypeAlias = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinOptions:
    """All of a join's options; which of them a join takes depends on what is joined. A serde of None is inherited."""

    name: str | None = None
    window: JoinWindows | None = None
    selector: KeySelector | None = None
    grace: Duration | None = None
    store: StoreOption = None
    this_store: WindowStoreBuilder[Any, Any] | None = None
    other_store: WindowStoreBuilder[Any, Any] | None = None
    logging: bool | Mapping[str, str] = True
    headers: ResultHeaders | None = None
    key: Serde[Any] | None = None
    value: Serde[Any] | None = None
    other_value: Serde[Any] | None = None

    def required(self, joining: str, *, needs: str | None = None, takes: tuple[str, ...] = ()) -> None:
        """Raise TopologyError unless the option `needs` is given, and none that this kind of join does not take."""
        if self.window is not None:
            check_kind(self.window, "window=", JoinWindows, remedy=": JoinWindows.of_time_difference(…)")
        if needs is not None and getattr(self, needs) is None:
            raise TopologyError(f"joining {joining} needs {needs}=")
        for option in ("window", "selector", "grace", "store", "this_store", "other_store"):
            if getattr(self, option) is not None and option != needs and option not in takes:
                raise TopologyError(f"joining {joining} takes no {option}=")
