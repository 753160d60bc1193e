"""W4: W1 under exactly_once_v2, which the benchmark's environment asks for."""

from benchmarks.workloads.w1 import builder, config

__all__ = ["builder", "config"]
