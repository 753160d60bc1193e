"""Where the benchmarks keep what they download and build: jars, virtual environments, class files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cache_directory(name: str) -> Path:
    """A directory that outlives a run; `KSTREAM_BENCH_CACHE` moves all of them."""
    root = os.environ.get("KSTREAM_BENCH_CACHE") or Path.home() / ".cache" / "kstream-benchmarks"
    directory = Path(root) / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def kafka_jars() -> Path:
    """The directory of Apache Kafka's jars: `KAFKA_LIB` where given, else fetched once with Maven."""
    given = os.environ.get("KAFKA_LIB")
    if given:
        return Path(given)
    jars = cache_directory("kafka-4.4.0")
    if not any(jars.glob("kafka-streams-*.jar")):
        subprocess.run(
            ["mvn", "-q", "-f", HERE / "pom.xml", "dependency:copy-dependencies", f"-DoutputDirectory={jars}"],
            check=True,
        )
    return jars
