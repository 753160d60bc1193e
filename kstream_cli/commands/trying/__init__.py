"""Topologies run without a broker: samples, checks and what came of them."""
