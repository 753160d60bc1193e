"""Writes the page of findings from the catalogue: `python -m kstream_cli.changes.page docs/reference/findings.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from kstream_cli.changes.catalogue import CATEGORIES, KINDS, Kind

INTRODUCTION = """# Findings

[`kstream diff`](../guides/upgrade.md), `kstream check` and the check at start report these findings. The meaning of an
id never changes.

- *Breaking*: state or records are lost or mixed up.
- *Careful*: look at it. Nothing is lost, or only what you asked to remove.
- *Safe*: state and unread records survive.

A comment next to the code allows a finding, with a reason that the report shows:

<!-- skip: next -->
```python
views = stream.group_by_key().count()  # kstream: allow KS501 because it is rebuilt every night
# kstream: allow KS103 old-views because nobody asked for them since May
```

Write the first form on the line of the finding, or on the line above it. The second form names the store, topic
or setting, and may be anywhere in the module. Use it for something that is no longer in the code.
"""


def page() -> str:
    """The page's text."""
    parts = [INTRODUCTION]
    for prefix, title in CATEGORIES.items():
        parts.append(f"## {title}\n")
        parts += [section(kind) for kind in KINDS.values() if kind.id.startswith(prefix)]
    return "\n".join(parts)


def section(kind: Kind) -> str:
    """One finding: its levels, an example, why it matters, and the remedy."""
    levels = " or ".join(kind.levels)
    return (
        f"({kind.id.lower()})=\n\n### {kind.id}: {kind.title}\n\n*{levels}*\n\n"
        f"**Example.** {kind.example}\n\n**Why.** {kind.why}\n\n**Remedy.** {kind.remedy}\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
