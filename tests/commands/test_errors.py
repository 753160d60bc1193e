import pytest

import kstream_cli
from kstream_cli.commands.app import COMMANDS, CommandGroup


def test_a_misspelt_command_is_answered_with_the_nearest_one(kstream):
    outcome = kstream("descibe")
    assert outcome.code == 2
    assert outcome.err == "error: no command 'descibe'\n  Did you mean kstream describe?\n"


def test_a_misspelt_option_is_answered_with_the_nearest_one(kstream):
    outcome = kstream("describe", "--fromat", "java")
    assert outcome.code == 2
    assert "Did you mean --format?" in outcome.err


def test_a_value_out_of_range_is_a_usage_error(kstream):
    outcome = kstream("run", "--threads", "0")
    assert outcome.code == 2
    assert "--threads" in outcome.err


def test_a_misspelt_config_key_is_answered_with_the_nearest_one(kstream, small):
    outcome = kstream("describe", small, "--set", "comit.interval.ms=5")
    assert outcome.code == 2
    assert "did you mean 'commit.interval.ms'" in outcome.err


def test_a_misspelt_topic_in_a_record_is_answered_with_the_nearest_one(kstream, project, small):
    (project / "records.ndjson").write_text('{"topic": "inn", "value": "x"}\n')
    outcome = kstream("try", small, "--input", "records.ndjson")
    assert outcome.code == 1
    assert "did you mean in?" in outcome.err


def test_an_error_in_the_users_module_shows_their_file_and_line(kstream, project):
    (project / "broken.py").write_text("import kstream_cli\n\nx = 1 / 0\n")
    outcome = kstream("describe", "broken.py")
    assert outcome.code == 1
    assert outcome.err == "error: ZeroDivisionError: division by zero\n  in broken.py, line 3\n"


def test_a_syntax_error_shows_its_line(kstream, project):
    (project / "broken.py").write_text("x = 1\ndef f(:\n")
    outcome = kstream("describe", "broken.py")
    assert outcome.err == "error: SyntaxError: invalid syntax\n    def f(:\n          ^\n  in broken.py, line 2\n"


def test_a_topology_error_shows_the_line_that_caused_it(kstream, project):
    text = "from kstream_cli import Topology\ntopology = Topology()\ntopology.add_source('a', 'in')\n"
    (project / "twice.py").write_text(text + "topology.add_source('a', 'in2')\n")
    outcome = kstream("describe", "twice.py")
    assert "already added" in outcome.err
    assert "in twice.py, line 4" in outcome.err


def test_an_error_that_user_code_raises_shows_the_processor_and_their_line(kstream, project):
    text = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
    text += "numbers = builder.stream('in', key=str, value=str).map_values(lambda v: int(v), name='parse')\n"
    text += "numbers.to('out', value=int)\n"
    (project / "raises.py").write_text(text + "samples = {'in': ['x']}\n")
    outcome = kstream("try", "raises.py")
    assert outcome.code == 1
    assert "parse" in outcome.err
    assert "raises.py:3" in outcome.err


def test_an_error_with_a_text_of_many_lines_shows_the_line_of_a_lambda_as_well(kstream, project):
    text = "from kstream_cli import StreamsBuilder\nclass Many(str):\n    __repr__ = lambda self: 'x\\n' * 9\n"
    text += "builder = StreamsBuilder()\nstream = builder.stream('in', key=str, value=str)\n"
    text += "stream.map_values(lambda value: {}[Many(value)], value=str).to('out')\nsamples = {'in': ['x']}\n"
    (project / "raises.py").write_text(text)
    assert "in raises.py, line 6" in kstream("try", "raises.py").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["descibe"],
        ["describe", "nowhere.py"],
        ["describe", "--fromat", "x"],
        ["describe", "--format", "x"],
        ["graph", "--out", "picture.jpeg"],
        ["run", "--threads", "0"],
        ["run", "small.py"],
        ["try", "small.py", "--input", "nowhere.ndjson"],
        ["describe", "small.py", "--config", "nowhere.properties"],
        ["describe", "small.py", "--set", "nonsense"],
        ["new", "1x"],
    ],
    ids=" ".join,
)
def test_an_error_is_at_most_six_lines_and_no_traceback(kstream, small, arguments):
    outcome = kstream(*arguments)
    assert outcome.code in (1, 2)
    assert outcome.out == ""
    assert 1 <= len(outcome.err.splitlines()) <= 6
    assert "Traceback" not in outcome.err


def test_debug_lets_the_traceback_through(kstream, project):
    (project / "broken.py").write_text("x = 1 / 0\n")
    outcome = kstream("describe", "broken.py", "--debug")
    assert outcome.code == 1
    assert "Traceback" in outcome.err
    assert outcome.err.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(kstream, command):
    outcome = kstream(command, "--help")
    assert outcome.code == 0
    assert f"kstream {command}" in outcome.out.partition("Example")[2]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_an_environment_variable_and_its_help_shows_it(kstream, command):
    found = CommandGroup(name="kstream").get_command(None, command)
    shown = " ".join(kstream(command, "--help").out.split())
    for parameter in found.params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            assert parameter.envvar, f"{command} {parameter.opts[0]} has no environment variable"
            assert parameter.envvar in shown


def test_variables_of_options_are_not_taken_for_config_keys():
    from kstream_cli.commands.option_variables import option_variables

    group = CommandGroup(name="kstream")
    commands = [group.get_command(None, name) for name in COMMANDS]
    every = [each for command in commands for each in (command, *getattr(command, "commands", {}).values())]
    used = {parameter.envvar for command in every for parameter in command.params}
    assert used - {None, "KSTREAM_APPLICATION_ID"} | {"KSTREAM_NATIVE", "KSTREAM_INLINE"} == option_variables()


@pytest.mark.parametrize("setting", ["commit.interval.ms", "commit.interval.ms=abc"])
def test_a_setting_that_is_none_is_a_usage_error(kstream, small, setting):
    outcome = kstream("describe", small, "--set", setting)
    assert outcome.code == 2
    assert "commit.interval.ms" in outcome.err


def test_the_option_for_the_version_shows_it(kstream):
    outcome = kstream("--version")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"kstream {kstream_cli.__version__}\n", "")


@pytest.mark.parametrize("name", ["ends.py", "ends"])
def test_a_module_that_ends_python_is_an_error_of_its_line(kstream, project, name):
    (project / "ends.py").write_text("import sys\n\nsys.exit(3)\n")
    outcome = kstream("check", name)
    assert outcome.code == 1
    assert f"{name} ended Python while it was imported, with exit code 3" in outcome.out
    assert "in ends.py, line 3" in outcome.out


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ('{"topic": "inn", "value": "x"}', "records.ndjson, line 2: no source reads topic 'inn'"),
        ('{"topic": "in", "value": 5}', "records.ndjson, line 2: topic in: the value 5 does not fit StringSerde()"),
        ('{"topic": "in", "value": 5}', "it takes str, not int"),
    ],
)
def test_a_record_that_does_not_fit_is_named_by_its_line(kstream, project, small, record, said):
    (project / "records.ndjson").write_text('{"topic": "in", "value": "x"}\n' + record + "\n")
    outcome = kstream("try", small, "--input", "records.ndjson")
    assert outcome.code == 1
    assert said in outcome.err


@pytest.mark.parametrize("suffix", [".properties", ".toml"])
@pytest.mark.parametrize("command", ["describe", "check"])
def test_a_configuration_file_that_is_no_text_is_named_with_its_line(kstream, project, small, suffix, command):
    file = project / f"app{suffix}"
    file.write_bytes(b"\n# \xff\xfe\n")
    outcome = kstream(command, small, "--config", file)
    assert outcome.code in (1, 2)
    assert f"{file} is no text in UTF-8: byte 0xff in line 2" in outcome.err + outcome.out


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", b"a = '\xe9'\n"])
@pytest.mark.parametrize("command", ["describe", "check"])
def test_a_module_that_is_no_text_is_no_fault_of_kstream(kstream, project, content, command):
    (project / "app.py").write_bytes(content)
    outcome = kstream(command, "app.py")
    assert outcome.code == 1
    assert "app.py" in outcome.err + outcome.out
    assert "fault in kstream" not in outcome.err + outcome.out


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"tool = 1",
        b"[tool]\nkstream = 'x'",
        b"[[tool.kstream]]",
        b"[tool.kstream]\nprofiles = 'p'\ntopology = 5",
        b"[tool.kstream]\nprofiles.p = 'x'\ntopology = ['small.py']",
        b"[tool.kstream]\nprofiles.p = [1]\ntopology = {a = 1}",
    ],
)
@pytest.mark.parametrize("arguments", [["describe"], ["describe", "small.py", "--profile", "p"]])
def test_a_pyproject_that_is_no_text_or_has_something_else_in_a_place_is_named(
    kstream, project, small, content, arguments
):
    (project / "pyproject.toml").write_bytes(content)
    outcome = kstream(*arguments)
    assert outcome.code == 2
    assert "pyproject.toml" in outcome.err
    assert "fault in kstream" not in outcome.err


@pytest.mark.parametrize("error", ["OSError(28, 'No space left on device')", "MemoryError()"])
def test_what_the_machine_lacks_is_no_fault_of_kstream(kstream, small, monkeypatch, error):
    def full(*_, **__):
        raise eval(error)

    monkeypatch.setattr("kstream_cli.testing.topology_test_driver.TopologyTestDriver.__init__", full)
    outcome = kstream("try", small)
    assert outcome.code == 1
    assert "fault in kstream" not in outcome.err


@pytest.mark.parametrize("text", ["hunter2", "sasl.passwordhunter2", "sasl.password:hunter2"])
@pytest.mark.parametrize("place", ["--set", "--config", "variable"])
@pytest.mark.parametrize("command", ["describe", "check"])
def test_a_setting_without_its_sign_is_not_shown_as_it_may_be_a_secret(
    kstream, project, small, monkeypatch, text, place, command
):
    options = []
    if place == "--set":
        options = ["--set", text]
    elif place == "--config":
        (project / "app.properties").write_text(text.replace(":", ""))
        options = ["--config", "app.properties"]
    else:
        monkeypatch.setenv("KSTREAM_SET", text)
    outcome = kstream(command, small, *options)
    assert outcome.code in (1, 2)
    assert "hunter2" not in outcome.err + outcome.out
    assert "has no =" in outcome.err + outcome.out


def test_every_command_that_takes_settings_takes_a_profile_and_a_file_of_them():
    group = CommandGroup(name="kstream")
    commands = [group.get_command(None, name) for name in COMMANDS]
    every = [each for command in commands for each in (command, *getattr(command, "commands", {}).values())]
    options = {command.name: {name for parameter in command.params for name in parameter.opts} for command in every}
    taking = {name: given for name, given in options.items() if "--set" in given}
    assert len(taking) > 10
    assert all({"-X", "--profile", "--config"} <= given for given in taking.values())
