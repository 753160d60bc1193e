"""Comments in the code that allow a finding: `# kstream: allow KS101 because …`."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from kstream_cli.changes.finding import Finding, worst_first

_COMMENT = re.compile(r"#\s*kstream:\s*allow\s+(?P<id>KS\d+)(?:\s+(?!because\b)(?P<subject>\S+))?(?P<because>.*)")
_REASON = re.compile(r"\s+because\s+(?P<reason>\S.*)")


@dataclass(frozen=True, slots=True)
class Allowance:
    """One comment. Without a `subject` it allows what is found on its line, or on the one below it."""

    file: str
    line: int
    id: str
    subject: str | None
    reason: str

    def allows(self, finding: Finding) -> bool:
        """Whether the finding is one that the comment speaks of."""
        if finding.id != self.id:
            return False
        if self.subject is not None:
            return finding.subject == self.subject
        place = finding.position
        return place is not None and place.file == self.file and place.line - self.line in (0, 1)


def allowances(files: Mapping[str, str]) -> list[Allowance]:
    """The comments in files of Python, by their names. A comment that gives no reason allows nothing."""
    found = []
    for file, text in files.items():
        for line, comment in _comments(text):
            match = _COMMENT.search(comment)
            reason = _REASON.match(match["because"]) if match else None
            if match and reason:
                found.append(Allowance(file, line, match["id"], match["subject"], reason["reason"].strip()))
    return found


def allowed(findings: Iterable[Finding], comments: Iterable[Allowance]) -> tuple[Finding, ...]:
    """The findings, with the reasons of those that a comment allows."""
    known = list(comments)
    marked = []
    for finding in findings:
        comment = next((each for each in known if each.allows(finding)), None)
        marked.append(finding if comment is None else msgspec.structs.replace(finding, allowed=comment.reason))
    return worst_first(marked)


def _comments(text: str) -> list[tuple[int, str]]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [(each.start[0], each.string) for each in tokens if each.type == tokenize.COMMENT]


__all__ = ["Allowance", "allowances", "allowed"]
