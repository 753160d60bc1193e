"""What the figures were measured on: machine, versions, and how busy it was."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import confluent_kafka

from benchmarks.cache import HERE, kafka_jars


def description() -> dict[str, str]:
    """In words, for a reader."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{_processor()}, {os.cpu_count()} cores, shared with the broker",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        "system": platform.platform(),
        "load now": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "kstream": f"{version('kstream-cli')}, commit {_said('git', 'rev-parse', '--short', 'HEAD')}",
        "Python": platform.python_version(),
        "Java": _said("java", "-version").partition("\n")[0],
        "Apache Kafka": _jar_version("kafka-streams"),
        "RocksDB": f"rocksdict {version('rocksdict')}; Java: {_jar_version('rocksdbjni')}",
        "confluent-kafka": f"{version('confluent-kafka')}, librdkafka {confluent_kafka.libversion()[0]}",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _jar_version(name: str) -> str:
    for jar in kafka_jars().glob(f"{name}-[0-9]*.jar"):
        return jar.stem.removeprefix(f"{name}-")
    return "unknown"


def _said(*command: str) -> str:
    """What a command prints, wherever it prints it."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (done.stdout or done.stderr).strip()
