"""Compiles the extensions when kstream is installed: a build hook for Hatch, and a script for developers.

kstream runs without it, slower. So whatever is missing, an install goes on, and one line of the build's output says
what it was. KSTREAM_NATIVE=0 leaves it out; KSTREAM_NATIVE=require makes what is missing an error.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

SOURCES = tuple(Path(__file__).with_name("c") / name for name in ("clients", "rows", "values"))
"""The folders of their C files. Each is named as its module, which is put where this file is."""
FLAGS = ["-O2", "-DNDEBUG", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden", "-Wall", "-Wextra"]

# Zig's C compiler comes in a wheel of 80 to 100 MB, for the platforms with one of these tags.
ZIG = "ziglang>=0.15,<0.18"
ZIG_PLATFORM = re.compile(
    r"(manylinux_2_17|musllinux_1_1)_(x86_64|i686|aarch64|armv7l|ppc64le|s390x)|macosx_12_0_(x86_64|arm64)"
)


class NotBuiltError(Exception):
    """A module could not be built; the text says what is missing."""


def module_of(source: Path) -> Path:
    """Where the module of this Python stands, of the C files in this folder."""
    return source.parents[1] / (source.name + (sysconfig.get_config_var("EXT_SUFFIX") or ".so"))


def wish() -> str:
    """What KSTREAM_NATIVE asks for: 1 (build it if that is possible), 0 (do not) or require."""
    said = os.environ.get("KSTREAM_NATIVE") or "1"
    if said not in {"0", "1", "require"}:
        raise NotBuiltError(f"KSTREAM_NATIVE={said}: give 1, 0 or require")
    return said


def build(sources: Sequence[Path], warn: Callable[[str], None]) -> list[Path]:
    """Compile, and return the modules; none where they are not wanted, or cannot be built, which `warn` is told.

    Modules of an earlier build do not stay where there are none now: they may not fit their Python code any more.
    """
    wanted = wish()
    try:
        if wanted != "0":
            return [compiled(source) for source in sources]
    except NotBuiltError as error:
        if wanted == "require":
            raise
        warn(f"kstream's native extensions are not built: {error}. kstream runs without them, slower.")
    for source in sources:
        module_of(source).unlink(missing_ok=True)
    return []


def compiled(source: Path) -> Path:
    """Compile with the first compiler that can, and return the module."""
    if lack := missing():
        raise NotBuiltError(lack)
    failures: list[NotBuiltError] = []
    for compiler in compilers():
        try:
            return compile_with(compiler, source)
        except NotBuiltError as error:
            failures.append(error)
        except OSError as error:
            failures.append(NotBuiltError(str(error)))
    if failures:
        raise failures[0]
    raise NotBuiltError("there is no C compiler (CC, cc, gcc, clang, or the package ziglang)")


def missing() -> str | None:
    """What no compiler can make up for."""
    if sys.platform == "win32":
        return "they are for Linux and macOS, not for Windows"
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.exists():
        return f"{header} is missing (on Debian and Ubuntu the package python3-dev has it)"
    return None


def compilers() -> Iterator[list[str]]:
    """Commands that compile C, each once: what the user and this Python name, what PATH has, Zig's."""
    seen = set()
    for name in (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang"):
        command = shlex.split(name or "")
        program = shutil.which(command[0]) if command else None
        if program is None or os.path.realpath(program) in seen or is_stub(program):
            continue
        seen.add(os.path.realpath(program))
        yield [*command, *architecture()]
    if importlib.util.find_spec("ziglang") is not None:
        # By itself Zig compiles for this very processor; a wheel may be installed on another one.
        yield [sys.executable, "-m", "ziglang", "cc", "-mcpu=baseline"]


def is_stub(program: str) -> bool:
    """Whether this is macOS's stand-in for a compiler, which opens a window that offers to install one."""
    if sys.platform != "darwin" or not program.startswith("/usr/bin/"):
        return False
    return subprocess.run(["xcode-select", "--print-path"], capture_output=True).returncode != 0


def architecture() -> list[str]:
    """On macOS a compiler may be set to another architecture than this Python runs as."""
    if sys.platform != "darwin":
        return []
    return shlex.split(os.environ.get("ARCHFLAGS") or f"-arch {platform.machine()}")


def compile_with(compiler: list[str], source: Path) -> Path:
    """Compile with this compiler; the module appears at once and whole, as one in use must not be written over."""
    module = module_of(source)
    includes = sorted({f"-I{sysconfig.get_path(name)}" for name in ("include", "platinclude")})
    libraries = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-ldl"]
    with tempfile.TemporaryDirectory(prefix=".build-", dir=module.parent) as folder:
        made = Path(folder, module.name)
        command = [*compiler, *FLAGS, *includes, *shlex.split(os.environ.get("CFLAGS", ""))]
        command += [*map(str, sorted(source.glob("*.c"))), "-o", str(made)]
        command += [*shlex.split(os.environ.get("LDFLAGS", "")), *libraries]
        caches = dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), folder)
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", env=os.environ | caches)
        sys.stderr.write(run.stderr)
        if run.returncode != 0:
            raise NotBuiltError(f"{shlex.join(compiler)} failed: {reason(run.stderr)}")
        made.replace(module)
    return module


def reason(output: str) -> str:
    """The line of a compiler's output that says why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "it said nothing")


def zig_needed() -> bool:
    """Whether a build is to ask for Zig: no compiler here works, and nothing but a compiler is missing."""
    from packaging.tags import platform_tags

    if wish() == "0" or missing() or not any(map(ZIG_PLATFORM.fullmatch, platform_tags())):
        return False
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder, "c", "trial")
        trial.mkdir(parents=True)
        (trial / "trial.c").write_text("#include <Python.h>\n")
        try:
            compiled(trial)
        except NotBuiltError:
            return True
    return False


def sources_here() -> list[Path]:
    """None of them is in a wheel, from which somebody may build one again."""
    return [source for source in SOURCES if source.exists()]


def get_build_hook() -> type:
    """Hatch's name for: the class of the hook."""
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class NativeExtensions(BuildHookInterface[Any]):
        """Adds the modules to the wheel, which is then one for this platform and this Python."""

        def dependencies(self) -> list[str]:
            return [ZIG] if sources_here() and zig_needed() else []

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            for module in build(sources_here(), self.app.display_warning):
                build_data["artifacts"].append(f"/{module.relative_to(self.root).as_posix()}")
                build_data["pure_python"] = False
                build_data["infer_tag"] = True

    return NativeExtensions


def main() -> int:
    """Build by hand: `python kstream_cli/native/build.py`."""
    modules = build(SOURCES, lambda text: print(text, file=sys.stderr))
    for module in modules:
        print(f"built {module}")
    return 0 if modules or wish() == "0" else 1


if __name__ == "__main__":
    sys.exit(main())
