"""How an install builds the native clients, and what it says where it cannot."""

import importlib.util
import shutil
import sys

import pytest

from kstream_cli.native import build

MODULE = """
#include <Python.h>
static struct PyModuleDef clients = {PyModuleDef_HEAD_INIT, .m_name = "clients", .m_size = -1};
PyMODINIT_FUNC PyInit_clients(void) { return PyModule_Create(&clients); }
"""

# Compilers as far as the hook can tell: one that writes a file where it is told to, one that fails.
WORKING = [sys.executable, "-c", "import sys; open(sys.argv[sys.argv.index('-o') + 1], 'w').close()"]
FAILING = [sys.executable, "-c", "import sys; sys.exit('1 warning\\nclients.c:7: error: expected a semicolon')"]


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("KSTREAM_NATIVE", "CC", "CFLAGS", "LDFLAGS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def source(tmp_path, monkeypatch):
    source = tmp_path / "c" / "clients"
    source.mkdir(parents=True)
    (source / "module.c").write_text(MODULE)
    monkeypatch.setattr(build, "SOURCES", (source,))
    return source


@pytest.fixture
def compilers(monkeypatch):
    def have(*commands):
        monkeypatch.setattr(build, "compilers", lambda: iter(commands))

    monkeypatch.setattr(build, "missing", lambda: None)
    return have


@pytest.fixture
def hook(source):
    return build.get_build_hook()(str(source.parents[1]), {}, None, None, str(source.parents[1]), "wheel")


def warnings_of(source):
    said = []
    assert build.build([source], said.append) == []
    return said


def test_a_c_compiler_makes_a_module_that_python_imports(source):
    if build.missing() or not list(build.compilers()):
        pytest.skip("needs a C compiler and Python's headers")
    [module] = build.build([source], pytest.fail)
    spec = importlib.util.spec_from_file_location("clients", module)
    assert importlib.util.module_from_spec(spec).__file__ == str(module)
    assert sorted(source.parents[1].iterdir()) == [source.parent, module]


def test_without_a_compiler_the_build_goes_on_and_says_so(source, compilers):
    compilers()
    (said,) = warnings_of(source)
    assert "there is no C compiler" in said
    assert "kstream runs without them, slower" in said


def test_without_pythons_headers_the_build_goes_on_and_says_so(source, tmp_path, monkeypatch):
    monkeypatch.setattr(build.sysconfig, "get_path", lambda name: str(tmp_path))  # type: ignore[attr-defined]
    (said,) = warnings_of(source)
    assert f"{tmp_path / 'Python.h'} is missing" in said


def test_a_compilers_error_is_told_in_its_own_words(source, compilers):
    compilers(FAILING)
    (said,) = warnings_of(source)
    assert "failed: clients.c:7: error: expected a semicolon." in said


def test_a_folder_that_cannot_be_written_to_is_told(source, compilers, monkeypatch):
    def refuse(**options):
        raise PermissionError(13, "Permission denied", options["dir"])

    monkeypatch.setattr(build.tempfile, "TemporaryDirectory", refuse)  # type: ignore[attr-defined]
    compilers(WORKING)
    (said,) = warnings_of(source)
    assert "Permission denied" in said


def test_a_compiler_that_fails_is_followed_by_the_next(source, compilers):
    compilers(FAILING, WORKING)
    assert build.build([source], pytest.fail) == [build.module_of(source)]


def test_a_module_of_an_earlier_build_does_not_outlive_its_source(source, compilers):
    build.module_of(source).touch()
    compilers(FAILING)
    warnings_of(source)
    assert not build.module_of(source).exists()


def test_switched_off_nothing_is_built_or_said(source, compilers, monkeypatch):
    monkeypatch.setenv("KSTREAM_NATIVE", "0")
    build.module_of(source).touch()
    compilers(WORKING)
    assert warnings_of(source) == []
    assert not build.module_of(source).exists()


def test_where_it_is_required_what_is_missing_is_an_error(source, compilers, monkeypatch):
    monkeypatch.setenv("KSTREAM_NATIVE", "require")
    compilers()
    with pytest.raises(build.NotBuiltError, match="there is no C compiler"):
        build.build([source], pytest.fail)


def test_any_other_wish_is_refused(source, monkeypatch):
    monkeypatch.setenv("KSTREAM_NATIVE", "maybe")
    with pytest.raises(build.NotBuiltError, match="KSTREAM_NATIVE=maybe: give 1, 0 or require"):
        build.build([source], pytest.fail)


def test_the_compiler_that_cc_names_comes_first_and_each_comes_once(tmp_path, monkeypatch):
    for name in ("cc", "mine"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "gcc").symlink_to(tmp_path / "cc")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "mine -m64")
    monkeypatch.setattr(build.sysconfig, "get_config_var", lambda name: "cc -pthread")  # type: ignore[attr-defined]
    monkeypatch.setattr(build, "architecture", list)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)  # type: ignore[attr-defined]
    assert list(build.compilers()) == [["mine", "-m64"], ["cc", "-pthread"]]


def test_zig_is_asked_for_where_no_compiler_works(compilers, hook, monkeypatch):
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"]))
    compilers(FAILING)
    assert hook.dependencies() == [build.ZIG]


@pytest.mark.parametrize("reason", ["a compiler works", "no wheel", "no headers", "switched off", "no source"])
def test_zig_is_not_asked_for_in_vain(reason, compilers, hook, source, monkeypatch):
    tag = "linux_mips64" if reason == "no wheel" else "manylinux_2_17_aarch64"
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter([tag]))
    compilers(WORKING if reason == "a compiler works" else FAILING)
    if reason == "no headers":
        monkeypatch.setattr(build, "missing", lambda: "Python.h is missing")
    elif reason == "switched off":
        monkeypatch.setenv("KSTREAM_NATIVE", "0")
    elif reason == "no source":
        shutil.rmtree(source)
    assert hook.dependencies() == []


def test_a_wheel_with_the_module_is_for_this_platform_only(compilers, hook, source):
    compilers(WORKING)
    data = {"artifacts": [], "pure_python": True, "infer_tag": False}
    hook.initialize("standard", data)
    module = f"/{build.module_of(source).name}"
    assert data == {"artifacts": [module], "pure_python": False, "infer_tag": True}


def test_a_wheel_without_the_module_is_for_every_platform(compilers, hook):
    compilers()
    data = {"artifacts": [], "pure_python": True, "infer_tag": False}
    hook.initialize("standard", data)
    assert data == {"artifacts": [], "pure_python": True, "infer_tag": False}


def test_where_one_module_cannot_be_built_there_is_none(source, compilers):
    second = source.with_name("rows")
    second.mkdir()
    compilers(
        [
            sys.executable,
            "-c",
            "import sys; a = sys.argv; o = a[a.index('-o') + 1]; 'rows' in o or open(o, 'w').close()",
        ]
    )
    assert build.build([source, second], [].append) == []
    assert sorted(source.parents[1].iterdir()) == [source.parent]
