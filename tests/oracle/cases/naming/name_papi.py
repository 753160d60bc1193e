"""Topology API: names given by the user, several parents and stores."""

import re

from oracle_names import pass_on

from kstream_cli import Stores, Topology


def build(case):
    topology = Topology()
    topology.add_source("Source-B", "b", "a").add_source("Source-A", pattern=re.compile("x.*"))
    topology.add_processor("P2", pass_on, parents="Source-B").add_processor("P1", pass_on, parents=["Source-A", "P2"])
    topology.add_state_store(Stores.key_value("zz", key=str, value=str, persistent=False), "P1", "P2")
    topology.add_state_store(Stores.key_value("aa", key=str, value=str, persistent=False), "P1")
    topology.add_sink("K", "out", parents=["P1", "P2"])
    return topology
