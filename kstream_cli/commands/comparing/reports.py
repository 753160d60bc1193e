"""Findings as text for machines: JSON, annotations of GitHub, and JUnit's XML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from xml.etree import ElementTree

import msgspec

from kstream_cli.changes.comparison import Comparison
from kstream_cli.changes.finding import Finding
from kstream_cli.commands.output.json_schemas import Compared
from kstream_cli.printable import printable, printable_lines

_COMMANDS = {"breaking": "error", "careful": "warning", "safe": "notice"}


def json_report(comparison: Comparison) -> str:
    """The shape is docs/reference/json/diff.schema.json."""
    found = Compared(
        old=comparison.old.name,
        new=comparison.new.name,
        verdict=comparison.verdict,
        findings=comparison.findings,
    )
    return json.dumps(msgspec.to_builtins(found), indent=2, ensure_ascii=False)


def github_report(comparison: Comparison) -> str:
    """A line for each finding: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    lines = [annotation(finding) for finding in comparison.findings]
    return "\n".join([*lines, printable(verdict_line(comparison))])


def annotation(finding: Finding) -> str:
    """One finding as a workflow command; one that is allowed is a notice."""
    command = "notice" if finding.allowed else _COMMANDS[finding.level]
    place = "" if finding.position is None else f"file={_property(finding.position.file)},line={finding.position.line},"
    title = _property(f"{finding.id} {finding.title}: {finding.subject}")
    return f"::{command} {place}title={title}::{_data(_text(finding))}"


def junit_report(comparison: Comparison) -> str:
    """A test case for each finding: what is breaking or careful, and not allowed, has failed."""
    findings = comparison.findings
    failed = [each for each in findings if _has_failed(each)]
    suite = ElementTree.Element(
        "testsuite", name="kstream diff", tests=str(max(len(findings), 1)), failures=str(len(failed))
    )
    for finding in findings:
        name = printable(f"{finding.id} {finding.subject}")
        case = ElementTree.SubElement(suite, "testcase", classname=f"kstream.diff.{finding.level}", name=name)
        if finding.position is not None:
            case.set("file", printable(finding.position.file))
            case.set("line", str(finding.position.line))
        if finding.allowed is not None:
            ElementTree.SubElement(case, "skipped", message=printable(f"allowed: {finding.allowed}"))
        elif _has_failed(finding):
            failure = ElementTree.SubElement(case, "failure", type=finding.level, message=printable(finding.title))
            failure.text = printable_lines(_text(finding))
    if not findings:
        ElementTree.SubElement(suite, "testcase", classname="kstream.diff.safe", name="nothing has changed")
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode")


def verdict_line(comparison: Comparison) -> str:
    """The verdict in one line, with how many findings there are of each level."""
    counts = [
        f"{count} {level}"
        for level in ("breaking", "careful", "safe")
        if (count := sum(1 for each in comparison.findings if each.level == level and each.allowed is None))
    ]
    allowed = sum(1 for each in comparison.findings if each.allowed is not None)
    counts += [f"{allowed} allowed"] if allowed else []
    said = {
        "safe": "safe: state and unread records survive",
        "careful": "careful: look at these before you restart",
        "breaking": "breaking: a restart loses or mixes up state or records",
    }[comparison.verdict]
    return f"{said} ({', '.join(counts) or 'nothing has changed'})"


def _has_failed(finding: Finding) -> bool:
    return finding.level != "safe" and finding.allowed is None


def _text(finding: Finding) -> str:
    lines = [finding.message[:1].upper() + finding.message[1:] + "."]
    if finding.affects:
        lines.append(f"After it: {', '.join(finding.affects)}.")
    if finding.remedy is not None:
        lines.append(finding.remedy[:1].upper() + finding.remedy[1:])
    if finding.allowed is not None:
        lines.append(f"Allowed: {finding.allowed}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return printable_lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")


def texts(findings: Iterable[Finding]) -> list[str]:
    """Findings as lines of text: id, subject, where, and what is said."""
    return [
        f"{each.id} {each.subject}{f' ({each.position})' if each.position else ''}: {each.message}" for each in findings
    ]
