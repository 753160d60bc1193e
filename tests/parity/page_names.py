"""The names of Kafka Streams that the reference pages explain: what each is here, or why it is left out."""

from __future__ import annotations

import re
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
ALL = "all"


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the tables below a heading."""
    text = (REFERENCE / page).read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def explained() -> dict[str, set[str]]:
    """Class -> those of its public names that the operators page explains; `all` stands for whatever it has."""
    found: dict[str, set[str]] = {}
    for heading in ("Every public name", "Names left out"):
        for cells in rows("operators.md", heading):
            names = cells[2].rstrip("|").strip() if len(cells) > 2 else ""
            found.setdefault(cells[0].strip("`"), set()).update(re.findall(r"\w+", names))
    return found


def unexplained(names: list[str], pages: dict[str, set[str]], keys: set[str], metrics: set[str]) -> list[str]:
    """The names for which there is neither a place here nor a reason."""
    missing = []
    for line in names:
        kind, *name = line.split()
        if kind == "class":
            is_known = name[0] in pages
        elif kind == "member":
            owner, _, member = name[0].rpartition(".")
            known = pages.get(owner, set())
            is_known = member in known or known == {ALL}
        else:
            is_known = name[-1] in (keys if kind == "config" else metrics)
        if not is_known:
            missing.append(line)
    return missing


def metric_names() -> set[str]:
    """The metrics on their page, those not kept among them."""
    text = (REFERENCE / "metrics.md").read_text()
    return set(re.findall(r"`([a-z0-9-]+)`", text)) | {
        start + end
        for start in re.findall(r"`([a-z0-9-]+-)…`", text)
        for end in ("rate", "total", "avg", "max", "min", "ratio", "latency-avg", "latency-max")
    }
