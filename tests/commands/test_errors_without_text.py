"""An exception of a user's whose `str` raises ends every command as any other does: with a message, and with 1."""

import pytest

ODD = """
class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


def fail(value):
    raise Odd

"""
PLACES = {
    "import": ODD + "raise Odd\n",
    "topology function": ODD + "def topology():\n    raise Odd\n",
    "processor": ODD
    + """
from kstream_cli import StreamsBuilder

config = {"application.id": "odd"}
builder = StreamsBuilder()
builder.stream("in", key=str, value=str).map_values(fail).to("out")
samples = {"in": [("a", "1")]}
""",
}


@pytest.mark.parametrize("command", ["describe", "check", "try"])
@pytest.mark.parametrize("place", PLACES)
def test_it_is_named_by_its_class(kstream, project, place, command):
    (project / "odd.py").write_text(PLACES[place])
    outcome = kstream(command, "odd.py")
    said = outcome.err + outcome.out
    if place == "processor" and command != "try":
        assert outcome.code == 0, said
    else:
        assert outcome.code == 1
        assert "Odd" in said
        assert "Traceback" not in said
