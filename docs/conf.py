"""How the documentation site is built: `make docs`."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "kstream"
author = "the kstream developers"
copyright = "the kstream developers"
version = release = installed("kstream-cli")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "command_help",
    "topology_example",
]
exclude_patterns = ["_build", "_generated"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}

html_theme = "furo"
html_title = "kstream"
html_static_path = ["static"]
html_css_files = ["site.css"]

# `$ kstream …` is copied without its prompt.
copybutton_prompt_text = "$ "
