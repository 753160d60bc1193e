"""The directive `command`: what a kstream command says of itself.

```{command} describe
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from topology_example import kstream


class CommandHelp(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> Sequence[nodes.Node]:
        text = kstream(*self.arguments[0].split(), "--help")
        return [nodes.literal_block(text, text, language="text")]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("command", CommandHelp)
    return {"parallel_read_safe": True}
