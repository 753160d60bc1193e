"""The directive `topology`: a small topology with its picture and with what `kstream try` prints for its samples.

    ```{topology}
    :name: filter
    builder = StreamsBuilder()
    …
    samples = {…}
    ```

Options: `stores` prints what the stores hold at the end, `no-picture` and `no-output` leave a part out. Picture and
output come from the program itself when the site is built; an example that fails ends the build.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

GENERATED = "_generated"


def kstream(*arguments: str) -> str:
    """What the command prints. Raises RuntimeError with its message when it fails."""
    done = subprocess.run([sys.executable, "-m", "kstream_cli", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


class TopologyExample(SphinxDirective):
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "stores": directives.flag,
        "no-picture": directives.flag,
        "no-output": directives.flag,
    }

    def run(self) -> Sequence[nodes.Node]:
        code = "\n".join(self.content) + "\n"
        name = f"example_{sha256(code.encode()).hexdigest()[:12]}"
        folder = Path(self.env.srcdir) / GENERATED
        folder.mkdir(exist_ok=True)
        module = folder / f"{name}.py"
        module.write_text(code)
        made: list[nodes.Node] = [nodes.literal_block(code, code, language="python")]
        try:
            if "no-picture" not in self.options:
                made.append(self._picture(module))
            if "no-output" not in self.options:
                made.append(self._output(module))
        except RuntimeError as failure:
            raise self.severe(f"the example fails:\n{failure}") from None
        return made

    def _picture(self, module: Path) -> nodes.Node:
        picture = module.with_suffix(".svg")
        if not picture.exists():
            kstream("graph", str(module), "--out", str(picture))
        return nodes.image(uri=f"/{GENERATED}/{picture.name}", alt="the topology as a picture", classes=["topology"])

    def _output(self, module: Path) -> nodes.Node:
        stores = ["--stores"] if "stores" in self.options else []
        printed = kstream("try", str(module), *stores)
        return nodes.literal_block(printed, f"$ kstream try\n{printed}", language="console")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("topology", TopologyExample)
    return {"parallel_read_safe": True}
