"""Lets the tests import the harness, and the recorded cases with the words they share."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "oracle"):
    sys.path.insert(0, str(folder))
