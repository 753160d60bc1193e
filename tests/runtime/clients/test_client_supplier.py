import subprocess
import sys

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.runtime.clients.client_supplier import DefaultClientSupplier

SCRIPT = """
from kstream_cli.config import Config
from kstream_cli.errors import BrokerUnavailableError
from kstream_cli.runtime.cluster.topic_setup import TopicSetup

try:
    TopicSetup(Config.from_mapping({"bootstrap.servers": "127.0.0.1:1"})).partitions(["t"])
except BrokerUnavailableError:
    print("said once")
"""


def test_a_broker_that_is_away_is_told_by_the_error_alone():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("said once\n", "")


def test_a_file_of_the_settings_that_is_missing_is_named():
    settings = {"bootstrap.servers": "127.0.0.1:1", "security.protocol": "ssl", "ssl.ca.location": "/no/such/ca.pem"}
    with pytest.raises(ConfigError, match=r"there is no file for ssl\.ca\.location /no/such/ca\.pem"):
        DefaultClientSupplier().admin(settings)
