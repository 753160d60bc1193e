"""Lets the topologies of the cases import the words they share from `oracle_names`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
