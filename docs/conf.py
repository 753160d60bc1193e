"""How the documentation site is built: `make docs`."""

from importlib.metadata import version as installed

project = "kstream"
author = "the kstream developers"
copyright = "the kstream developers"
version = release = installed("kstream-cli")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}

html_theme = "furo"
html_title = "kstream"
html_static_path: list[str] = []

# `$ kstream …` is copied without its prompt.
copybutton_prompt_text = "$ "
