import re
from pathlib import Path

from kstream_cli.commands import exit_codes

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "exit-codes.md"


def test_the_page_names_each_code_that_the_program_has_and_no_other():
    named = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", PAGE.read_text(), re.M) for code in row.split(",")}
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and name != "SIGNALLED"}
    assert named == codes


def test_no_other_file_of_the_commands_has_a_code_of_its_own():
    for file in (PAGE.parents[2] / "kstream_cli" / "commands").rglob("*.py"):
        if file.name != "exit_codes.py":
            assert not re.search(r"\b(_exit|sys\.exit|typer\.Exit)\(\d", file.read_text()), file
