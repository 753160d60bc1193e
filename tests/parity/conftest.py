"""What the gate compares: the public names of a Kafka Streams release, said by its own jars."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "integration")]
from apache_kafka import KAFKA, fetch_kafka, jars  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kafka-version", default=KAFKA, help="the release that kstream is compared with")


@pytest.fixture(scope="session")
def public_names(request: pytest.FixtureRequest) -> list[str]:
    """`class C`, `member C.m`, `config k` and `metric group name` of every public name."""
    version = request.config.getoption("--kafka-version", default=KAFKA)
    fetch_kafka(version)
    program = Path(__file__).parent / "PublicNames.java"
    command = ["java", "-Xmx512m", "-cp", f"{jars(version)}/*", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()
