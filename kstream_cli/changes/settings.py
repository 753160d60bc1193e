"""Settings that decide on state and results."""

from __future__ import annotations

from kstream_cli.changes.finding import Level
from kstream_cli.changes.sides import Sides

_SAFE = frozenset({"auto.offset.reset", "topology.optimization", "default.dsl.store"})
"""What they change is reported where it shows: at stores and topics."""


def compare_settings(sides: Sides) -> None:
    """Report the application id, the guarantee, and other settings that differ."""
    old, new = sides.old, sides.new
    if old.application_id and new.application_id and old.application_id != new.application_id:
        message = f"it was {old.application_id} and is {new.application_id}: all state starts empty"
        level: Level = "breaking"
        if old.application_id == old.name and new.application_id == new.name:
            message = f"each is called like its file, {old.name} and {new.name}: run so, all state starts empty"
            level = "careful"
        affects = tuple(f"store {store.name}" for store in new.stores())
        sides.report("KS301", "application.id", message, level=level, affects=affects)
    if not old.settings or not new.settings:
        return
    for name in sorted(old.settings.keys() | new.settings.keys()):
        was, is_now = old.settings.get(name), new.settings.get(name)
        if was == is_now:
            continue
        message = f"it was {was or 'not set'} and is {is_now or 'not set'}"
        if name == "processing.guarantee":
            sides.report("KS302", name, message)
        else:
            level = "safe" if name in _SAFE else "careful"
            sides.report("KS303", name, message, level=level)
