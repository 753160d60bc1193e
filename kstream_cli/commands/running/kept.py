"""What `kstream run --reload` keeps from one run to the next, in a folder that each run is told of.

The reloader makes the folder, and each run notes there what it has imported and whether it has fed its samples.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kstream_cli.commands.output.start_folder import start_folder

VARIABLE = "_KSTREAM_RELOADED"
NOTE_SECONDS = 1.0
PACKAGE = Path(__file__).parents[2]


class Kept:
    """The folder of a reloaded run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self._broker = folder / "broker"
        self._fed = folder / "fed"
        self._files = folder / "files"
        self._settled = folder / "settled"

    @classmethod
    def here(cls) -> Kept | None:
        """That of this process; None where nobody reloads it."""
        folder = os.environ.get(VARIABLE)
        return None if folder is None else cls(Path(folder))

    @property
    def broker(self) -> str | None:
        """Where the embedded broker listens that outlives the runs; None where there is none."""
        return self._broker.read_text() if self._broker.exists() else None

    def keep_broker(self, bootstrap_servers: str) -> None:
        self._broker.write_text(bootstrap_servers)

    def is_first_feed(self) -> bool:
        """True once: the broker has the samples from then on."""
        if self._fed.exists():
            return False
        self._fed.touch()
        return True

    def files(self) -> dict[Path, int]:
        """The files that the run has imported, each with its time of change (ns) when that was noted."""
        if not self._files.exists():
            return {}
        return {Path(name): changed for name, changed in json.loads(self._files.read_text()).items()}

    @property
    def is_settled(self) -> bool:
        """Whether the run has got its tasks."""
        return self._settled.exists()

    def settle(self) -> None:
        self._settled.touch()

    def forget_run(self) -> None:
        """Make ready for the next one."""
        self._files.unlink(missing_ok=True)
        self._settled.unlink(missing_ok=True)

    def note(self, found: dict[str, int]) -> None:
        beside = self._files.with_suffix(".new")
        beside.write_text(json.dumps(found))
        beside.replace(self._files)


@contextmanager
def noting_imports(more: list[Path]) -> Iterator[None]:
    """While the block runs, note what this process imports, for the reloader; `more` are files that count as well.

    A file is noted as it was when it was first seen. Where the block fails, the files that the error went through
    are noted, too: one of them will be mended.
    """
    kept = Kept.here()
    if kept is None:
        yield
        return
    seen: dict[str, int] = {}
    ended = threading.Event()

    def look(files: set[str]) -> None:
        new = {file: changed for file in files - seen.keys() if (changed := changed_at(Path(file)))}
        if new:
            seen.update(new)
            kept.note(seen)

    def watch() -> None:
        while not ended.wait(NOTE_SECONDS):
            look(_imported())

    look({str((start_folder() / file).resolve()) for file in more})
    threading.Thread(target=watch, name="imports", daemon=True).start()
    try:
        yield
    except BaseException as error:
        look(_of_error(error))
        raise
    finally:
        ended.set()
        look(_imported())


def changed_at(file: Path) -> int:
    """When the file was changed (ns); 0 where there is none."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def _imported() -> set[str]:
    files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
    return {file for file in files if isinstance(file, str) and _is_of_project(Path(file))}


def _of_error(error: BaseException | None) -> set[str]:
    files: set[str] = set()
    while error is not None:
        files.update(frame.filename for frame in traceback.extract_tb(error.__traceback__))
        if isinstance(error, SyntaxError) and error.filename:
            files.add(error.filename)
        error = error.__cause__ or error.__context__
    return {file for file in files if _is_of_project(Path(file))}


def _is_of_project(file: Path) -> bool:
    """Neither Python's nor a library's: those do not change while one works on an application."""
    if not file.is_absolute() or file.suffix != ".py" or {"site-packages", "dist-packages"} & set(file.parts):
        return False
    return not any(file.is_relative_to(folder) for folder in (PACKAGE, Path(os.__file__).parent))
