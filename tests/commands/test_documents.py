"""What the documents say is what the program does."""

import re
from pathlib import Path

import pytest

from kstream_cli.commands.app import COMMANDS, CommandGroup
from kstream_cli.config.table import page

PROJECT = Path(__file__).parents[2]
DOCUMENTS = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def test_the_page_of_config_keys_is_that_of_the_program():
    written = (PROJECT / "docs" / "reference" / "configuration.md").read_text()
    assert written == page(), "run: python -m kstream_cli.config.table > docs/reference/configuration.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(PROJECT)))
def test_every_link_to_a_file_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(PROJECT)))
def test_every_option_in_a_document_exists(document):
    group = CommandGroup(name="kstream")
    for command, arguments in re.findall(r"kstream (\w+)((?: [^`\n|]*)?)", document.read_text()):
        if command in COMMANDS:
            found = group.get_command(None, command)
            each = getattr(found, "commands", {command: found}).values()
            known = {name for part in each for parameter in part.params for name in parameter.opts}
            for option in re.findall(r"(?<!\S)--[a-z-]+", arguments):
                assert option in known | {"--help"}, f"kstream {command} {option}"


def test_the_readme_lists_every_command():
    text = (PROJECT / "README.md").read_text()
    for command in COMMANDS:
        assert f"`kstream {command}" in text
