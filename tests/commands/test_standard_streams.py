"""Standard output is the command's: what a module does with the process it is loaded into stays beside it."""

import json
import os
import subprocess
import sys

import pytest

NOISY = """
import logging, os, subprocess, sys, warnings
from kstream_cli import StreamsBuilder

print("printed while loading")
sys.stdout.write("written\\n")
sys.__stdout__.write("written below\\n")
os.write(1, b"written to the file\\n")
subprocess.run(["echo", "printed by a program"])
logging.basicConfig(stream=sys.stdout, level="DEBUG")
logging.warning("logged")
warnings.warn("warned")


def build():
    print("printed while building")
    builder = StreamsBuilder()
    stream = builder.stream("in", key=str, value=str)
    stream.peek(lambda key, value: print("printed while running", value)).to("out")
    return builder


samples = {"in": [("a", "1")]}
"""

LOUD = """
from kstream_cli import StreamsBuilder
builder = StreamsBuilder()
builder.stream("in", key=str, value=str).to("out")
samples = {"in": [("k\\x1b[31m\\x07", "v\\x1b]0;title\\x07\\nforged -> line\\x9b1m\\u202e")]}
"""


def run(*arguments, **given):
    command = [sys.executable, "-m", "kstream_cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **given)


@pytest.fixture
def noisy(project):
    (project / "noisy.py").write_text(NOISY)
    return "noisy.py"


@pytest.mark.parametrize(
    "arguments",
    [
        ["describe", "--json"],
        ["describe", "--format", "java"],
        ["graph", "--out", "-", "--format", "mmd"],
        ["try", "--json"],
    ],
    ids=" ".join,
)
def test_what_a_module_prints_is_not_in_the_results(noisy, arguments):
    command, *options = arguments
    done = run(command, noisy, *options)
    assert done.returncode == 0, done.stderr
    for word in ("printed", "written", "logged", "warned"):
        assert word not in done.stdout
    for text in ("printed while loading", "written below", "written to the file", "printed by a program", "logged"):
        assert text in done.stderr


def test_json_of_a_module_that_prints_can_be_parsed(noisy):
    assert json.loads(run("describe", noisy, "--json").stdout)["topology"] == "noisy"
    done = run("try", noisy, "--json")
    assert json.loads(done.stdout)["value"] == "1"
    assert "printed while running 1" in done.stderr


def test_what_a_module_prints_when_python_ends_is_not_in_the_results(small):
    text = "import atexit, os\natexit.register(lambda: (print('bye'), os.system('echo program')))\n"
    small.write_text(text + small.read_text())
    done = run("describe", "small.py", "--json")
    assert json.loads(done.stdout)["topology"] == "small"
    assert sorted(done.stderr.split()) == ["bye", "program"]


@pytest.mark.parametrize("options", [["try"], ["try", "--json"]], ids=" ".join)
def test_control_characters_of_records_do_not_reach_the_terminal(kstream, project, options):
    (project / "loud.py").write_text(LOUD)
    command, *rest = options
    outcome = kstream(command, "loud.py", *rest)
    assert outcome.code == 0
    assert not set(outcome.out) & {chr(code) for code in (*range(10), *range(11, 32), *range(127, 160), 0x202E)}
    assert len(outcome.out.splitlines()) == (1 if rest else 2)


def test_control_characters_of_an_error_do_not_reach_the_terminal(kstream, project):
    (project / "loud.py").write_text("raise ValueError('red \\x1b[31m\\x9b1m')\n")
    for options in ([], ["--debug"]):
        outcome = kstream("describe", "loud.py", *options)
        assert "red \\x1b[31m\\u009b1m" in outcome.err
        assert "\x1b" not in outcome.err
        assert "\x9b" not in outcome.err


def test_control_characters_of_names_do_not_reach_the_terminal(kstream, project):
    text = "from kstream_cli import StreamsBuilder, Stores\nbuilder = StreamsBuilder()\n"
    text += "import re\nbuilder.stream(re.compile('in\\x1b[31m.*'), key=str, value=str).to('out')\n"
    (project / "names.py").write_text(text + "config = {'application.id': 'a\\x1b[1m'}\n")
    for options in (["--json"], ["--format", "java"], ["--format", "dot"], ["--format", "mermaid"], []):
        outcome = kstream("describe", "names.py", *options)
        assert "\x1b" not in outcome.out + outcome.err


def test_a_line_end_in_the_name_of_a_file_forges_no_line(kstream, project, small):
    for command in (["graph", small, "--out", "x\nforged.svg"], ["try", small, "--graph", "x\nforged.html"]):
        outcome = kstream(*command)
        assert outcome.code == 0, outcome.err
        assert "wrote x\\nforged" in outcome.out + outcome.err
    said = kstream("doctor", small, "--set", f"state.dir={project}/x\nforged").out
    assert "x\\nforged" in said


def test_a_log_line_of_a_module_that_sets_no_logging_up_stays_one_line(small):
    log = "import logging\nlogging.getLogger('mine').warning('a%s', '\\x1b[31m\\nforged')\n"
    small.write_text(log + small.read_text())
    assert run("describe", "small.py").stderr == "a\\x1b[31m\\nforged\n"


def test_a_terminal_that_knows_ascii_only_is_shown_escapes(project):
    (project / "loud.py").write_text(LOUD.replace("forged", "Grüße"))
    outcome = run("try", "loud.py", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert outcome.returncode == 0, outcome.stderr
    assert "Gr\\xfc\\xdfe" in outcome.stdout


def test_records_from_standard_input_are_not_eaten_by_the_module(small):
    small.write_text(small.read_text() + "import subprocess; subprocess.run(['cat'])\n")
    done = run("try", "small.py", "--input", "-", "--json", input='{"topic": "in", "key": "a", "value": "x"}\n')
    assert json.loads(done.stdout)["value"] == "x"


@pytest.mark.parametrize(
    "question", ["input('name? ')", "import sys; sys.stdin.read()", "next(__import__('sys').stdin)"]
)
def test_a_module_that_asks_for_input_is_told_that_nobody_answers(kstream, small, question):
    small.write_text(small.read_text() + question + "\n")
    outcome = kstream("describe", "small.py")
    assert outcome.code == 1
    assert "nobody answers input()" in outcome.err
    assert "in small.py, line 11" in outcome.err


def test_a_command_ends_although_a_thread_of_the_module_goes_on(small):
    small.write_text(
        small.read_text() + "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
    )
    done = run("describe", "small.py", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)


@pytest.mark.parametrize("place", ["build", "processor"])
def test_code_that_ends_python_does_not_choose_the_exit_code(kstream, project, place):
    text = "import sys\nfrom kstream_cli import StreamsBuilder\n\n\ndef build():\n"
    if place == "build":
        text += "    sys.exit(0)\n"
    else:
        text += "    builder = StreamsBuilder()\n    stream = builder.stream('in', key=str, value=str)\n"
        text += "    stream.foreach(lambda key, value: sys.exit(0))\n    return builder\n"
    (project / "ends.py").write_text(text + "samples = {'in': ['x']}\n")
    outcome = kstream("try", "ends.py")
    assert outcome.code == 1
    assert "exit code 0" in outcome.err or "SystemExit: 0" in outcome.err
    assert "ends.py" in outcome.err


def shell(line):
    return subprocess.run(
        ["bash", "-c", line.replace("kstream", f"{sys.executable} -m kstream_cli")], capture_output=True
    )


@pytest.mark.parametrize("command", ["describe small.py", "--help"])
def test_a_reader_that_has_gone_is_no_failure(small, command):
    done = shell(f"kstream {command} | true; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["describe small.py", "graph small.py --out -"])
@pytest.mark.parametrize(("output", "said"), [(">/dev/full", b"No space left"), (">&-", b"Bad file descriptor")])
def test_standard_output_that_takes_nothing_is_named(small, command, output, said):
    done = shell(f"kstream {command} {output}")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: standard output cannot be written: " + said)
    assert len(done.stderr.splitlines()) == 1


def test_a_command_without_results_needs_no_standard_output(small):
    done = shell("kstream describe small.py >/dev/null 2>&- && kstream graph small.py --out t.svg >/dev/null <&-")
    assert done.returncode == 0


def test_standard_error_that_takes_nothing_does_not_change_the_exit_code(small):
    assert shell("kstream describe small.py 2>/dev/full").returncode == 0
    assert shell("kstream describe --no-such-option 2>/dev/full").returncode == 2
    assert shell("kstream describe nowhere.py 2>&1 | true; exit ${PIPESTATUS[0]}").returncode == 1


def test_a_closed_standard_input_has_no_records(small):
    done = shell("kstream try small.py --input - <&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_files_on_the_command_line_are_of_the_folder_where_it_was_typed(kstream, project, small, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    small.write_text(small.read_text() + f"import os\nos.chdir({str(elsewhere)!r})\n")
    (project / "records.ndjson").write_text('{"topic": "in", "value": "x"}\n')
    (project / "app.properties").write_text("poll.ms=5\n")
    for arguments in (
        ["try", "small.py", "--input", "records.ndjson"],
        ["describe", "small.py", "--config", "app.properties"],
        ["graph", "small.py", "--out", "small.dot"],
    ):
        os.chdir(project)
        assert kstream(*arguments).err == ""
    assert (project / "small.dot").exists()
    assert not list(elsewhere.iterdir())


def test_an_error_names_a_file_as_seen_from_the_folder_where_the_command_was_typed(kstream, project):
    (project / "app.py").write_text("import os\nos.chdir('/')\nraise ValueError('wrong')\n")
    assert "in app.py, line 3" in kstream("describe", "app.py").err
