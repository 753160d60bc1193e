import subprocess
import sys

SCRIPT = """
from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.topic_setup import TopicSetup

try:
    TopicSetup(Config.from_mapping({"bootstrap.servers": "127.0.0.1:1"})).partitions(["t"])
except BrokerUnavailableError:
    print("said once")
"""


def test_a_broker_that_is_away_is_told_by_the_error_alone():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("said once\n", "")
