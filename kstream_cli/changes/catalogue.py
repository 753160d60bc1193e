"""All findings that there are: an id that stays, what it means, an example, and the remedy.

`kstream diff`, `kstream check` and the look at start share them. The page docs/reference/findings.md is made of this
catalogue: `python -m kstream_cli.changes.page`.
"""

from __future__ import annotations

from kstream_cli.changes.code_kinds import CODE
from kstream_cli.changes.kind import Kind
from kstream_cli.changes.state_kinds import STATE
from kstream_cli.changes.topic_kinds import TOPICS

PAGE = "docs/reference/findings.md"


CATEGORIES: dict[str, str] = {
    "KS1": "State",
    "KS2": "Topics",
    "KS3": "Settings",
    "KS4": "Code",
    "KS5": "What will break later",
}
"""The first part of an id -> what such findings are about."""

KINDS: dict[str, Kind] = {kind.id: kind for kind in (*STATE, *TOPICS, *CODE)}
"""Id -> what there is to say of it."""


__all__ = ["CATEGORIES", "KINDS", "PAGE", "Kind"]
