"""Where in the user's code an error comes from, found in the traceback."""

import sysconfig
from pathlib import Path

import pytest

import kstream_cli
from kstream_cli.processor.user_position import user_position

PACKAGE = str(Path(kstream_cli.__file__).parent)
SITE = sysconfig.get_path("purelib")


class Handler:
    def handle(self, value):
        raise ValueError(value)


def failing_in(file):
    """A function that stands in this file, and raises."""
    namespace = {}
    exec(compile("\ndef handle(value):\n    raise ValueError(value)\n", file, "exec"), namespace)
    return namespace["handle"]


def position(process):
    with pytest.raises(ValueError, match="x") as caught:
        process("x")
    error = caught.value
    # Commands and tasks catch an error in kstream's own code: what called that is not in the traceback.
    return user_position(error.with_traceback(error.__traceback__.tb_next))


def test_the_position_is_the_innermost_line_of_user_code():
    line = Handler.handle.__code__.co_firstlineno + 1
    assert str(position(Handler().handle)) == f"{__file__}:{line} in Handler.handle"


@pytest.mark.parametrize(
    "file",
    [
        "/home/me/project/app.py",
        "/home/me/project/lib/python3_helpers/prices.py",
        "/usr/local/bin/app.py",
        f"{PACKAGE}_demo/app.py",
    ],
)
def test_a_module_or_script_of_the_users_is_theirs_wherever_it_lies(file):
    assert position(failing_in(file)) == (file, 3, "handle")


@pytest.mark.parametrize(
    "file",
    [
        f"{PACKAGE}/state/cache/record_cache.py",
        f"{sysconfig.get_path('stdlib')}/json/decoder.py",
        f"{SITE}/msgspec/json.py",
        f"{SITE}/pygments/lexer.py",  # which Rich requires
        f"{SITE}/pydantic/main.py",
        "/home/me/project/.venv/lib/python3.12/site-packages/pydantic/main.py",
        "/home/me/.local/lib/python3.12/site-packages/typer/main.py",
        "<string>",
    ],
)
def test_kstream_python_and_what_kstream_requires_are_passed_over_for_the_users_call(file):
    fail = failing_in(file)
    assert position(fail) is None
    assert position(calling(fail)).function.endswith("<locals>.handle")


@pytest.mark.parametrize("folder", [SITE, "/usr/lib/python3/dist-packages", "/app/.venv/lib/python3.13/site-packages"])
def test_an_installed_application_is_the_users(folder):
    assert position(failing_in(f"{folder}/page_views/app.py")) == (f"{folder}/page_views/app.py", 3, "handle")
    assert position(failing_in(f"{folder}/page_views.py")) == (f"{folder}/page_views.py", 3, "handle")


def test_a_library_that_an_installed_application_calls_is_passed_over():
    application, library = f"{SITE}/page_views/app.py", failing_in(f"{SITE}/requests/api.py")
    assert position(calling_in(application, library)) == (application, 3, "handle")
    # Also where it is called back.
    back = calling_in(f"{SITE}/page_views/back.py", library)
    through = calling_in(f"{SITE}/requests/hooks.py", back)
    assert position(calling_in(application, through)).file == f"{SITE}/page_views/back.py"


def test_a_library_is_passed_over_for_the_projects_call_of_it():
    fail = failing_in(f"{SITE}/requests/api.py")
    assert position(calling(fail)).function.endswith("<locals>.handle")


def calling(function):
    def handle(value):
        function(value)

    return handle


def calling_in(file, function):
    """A function that stands in this file, and calls the other."""
    namespace = {"called": function}
    exec(compile("\ndef handle(value):\n    called(value)\n", file, "exec"), namespace)
    return namespace["handle"]


def test_a_folder_of_packages_that_is_reached_by_a_link_is_one(tmp_path):
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "site-packages")
    assert position(failing_in(f"{tmp_path}/link/pydantic.py")) is None
