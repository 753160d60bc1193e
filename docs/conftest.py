"""Runs the Python examples of the documentation as tests; those of a page share their names, from top to bottom.

An example that needs a cluster, or stands for a part of a program, is preceded by `<!-- skip: next -->`.
"""

import os
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser


@pytest.fixture(scope="module", autouse=True)
def a_page_in_a_folder_of_its_own(tmp_path_factory):
    """What an example writes, its state included, is not left in the project."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("page"))
    yield
    os.chdir(before)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    excludes=["_build/**"],
    fixtures=["a_page_in_a_folder_of_its_own"],
).pytest()
