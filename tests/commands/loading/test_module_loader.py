import sys

import pytest

from kstream_cli.commands.loading.module_loader import load_module, module_names
from kstream_cli.errors import ModuleError

TOPOLOGY = """
from kstream_cli import Topology

{name} = Topology().add_source("read", "in", key=str, value=str)
"""


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_file_is_found_by_its_path(small):
    assert load_module("small.py").name == "small"


def test_a_module_is_found_by_its_dotted_name(project):
    write(project / "shop" / "orders.py", TOPOLOGY.format(name="topology"))
    assert load_module("shop.orders").name == "orders"


def test_a_name_chooses_among_several_topologies(project):
    write(project / "two.py", TOPOLOGY.format(name="one") + TOPOLOGY.format(name="other"))
    assert list(load_module("two.py:other").build().nodes) == ["read"]


def test_build_may_take_the_configuration(project):
    text = (
        TOPOLOGY.format(name="made")
        + "\ndef build(config):\n    assert config.application_id == 'x'\n    return made\n"
    )
    write(project / "made.py", text + "config = {'application.id': 'x'}\n")
    assert list(load_module("made.py").build().nodes) == ["read"]


def test_with_none_named_pyproject_says_which(project, small):
    write(project / "pyproject.toml", '[tool.kstream]\ntopology = "small.py"\n')
    write(project / "topologies" / "other.py", TOPOLOGY.format(name="topology"))
    assert load_module(None).name == "small"


def test_pyproject_is_found_from_a_folder_below(project, small):
    write(project / "pyproject.toml", '[tool.kstream]\ntopology = "small.py"\n')
    below = project / "deep" / "down"
    below.mkdir(parents=True)
    assert load_module(None, folder=below).name == "small"


def test_with_none_named_the_only_module_in_topologies_is_taken(project):
    write(project / "topologies" / "only.py", TOPOLOGY.format(name="topology"))
    assert load_module(None).name == "only"


def test_with_none_named_and_several_there_all_are_listed(project):
    for name in ("first", "second"):
        write(project / "topologies" / f"{name}.py", TOPOLOGY.format(name="topology"))
    with pytest.raises(ModuleError, match=r"topologies/first\.py, topologies/second\.py"):
        load_module(None)


def test_with_nothing_there_the_error_says_how_to_begin(project):
    with pytest.raises(ModuleError, match="kstream new"):
        load_module(None)


def test_a_misspelt_file_is_answered_with_the_nearest_one(small):
    with pytest.raises(ModuleError, match=r"Did you mean small\.py"):
        load_module("smal.py")


def test_a_misspelt_name_is_answered_with_the_nearest_one(small):
    with pytest.raises(ModuleError, match=r"Did you mean small\.py:topology"):
        load_module("small.py:topolgy")


def test_a_module_without_a_topology_is_refused(project):
    write(project / "empty.py", "x = 1\n")
    with pytest.raises(ModuleError, match="has no topology"):
        load_module("empty.py")


def test_a_module_with_two_topologies_is_refused_with_the_choices(project):
    text = TOPOLOGY.format(name="topology") + "\ndef build():\n    return topology\n"
    write(project / "two.py", text)
    with pytest.raises(ModuleError, match=r"two\.py:topology, two\.py:build"):
        load_module("two.py")


def test_a_builder_and_what_it_built_are_one_topology(project):
    text = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\n"
    text += "builder.stream('in', key=str, value=str).to('out')\ntopology = builder.build()\n"
    write(project / "both.py", text)
    assert load_module("both.py").build().nodes


def test_build_that_returns_something_else_is_refused(project):
    write(project / "odd.py", "def build():\n    return 3\n")
    with pytest.raises(ModuleError, match="odd gives 3 for a topology"):
        load_module("odd.py").build()


def test_a_module_may_have_the_name_of_one_of_pythons_own(project):
    import json

    write(project / "json.py", TOPOLOGY.format(name="topology"))
    assert load_module("json.py").name == "json"
    import json as still

    assert still is json


def test_without_an_application_id_the_modules_name_is_taken(project):
    write(project / "my_app.py", TOPOLOGY.format(name="topology"))
    assert load_module("my_app.py").settings()["application.id"] == "my_app"


def test_completion_offers_the_modules_of_the_project(project):
    write(project / "topologies" / "first.py", "")
    write(project / "topologies" / "_hidden.py", "")
    write(project / "app.py", "")
    assert list(module_names("")) == ["topologies/first.py", "app.py"]
    assert list(module_names("topologies/")) == ["topologies/first.py"]


def test_topologies_under_other_names_are_listed(project):
    text = "from kstream_cli import StreamsBuilder\none, two = StreamsBuilder(), StreamsBuilder()\n"
    (project / "several.py").write_text(text)
    with pytest.raises(ModuleError, match=r"name one \(several.py:one, several.py:two\)"):
        load_module("several.py")


def test_something_else_in_place_of_a_topology_is_shown(project):
    (project / "five.py").write_text("topology = 5\n")
    with pytest.raises(ModuleError, match="five gives 5 for a topology"):
        load_module("five.py").build()


def test_a_file_that_pyproject_names_and_that_is_not_there_is_told_with_it(project):
    (project / "pyproject.toml").write_text('[tool.kstream]\ntopology = "nope.py"\n')
    with pytest.raises(ModuleError, match=r"nope\.py, which \[tool\.kstream\] of .*pyproject\.toml names"):
        load_module(None)


@pytest.fixture
def shop(tmp_path):
    """A module that imports its neighbour relatively, and by its bare name as well."""
    folder = tmp_path / "corner_shop"
    folder.mkdir()
    (folder / "words.py").write_text("class Word: ...\n")
    text = "from .words import Word\nfrom words import Word as Same\nimport corner_shop.words\n" + BUILDER
    (folder / "app.py").write_text(text)
    return folder


BUILDER = "from kstream_cli import StreamsBuilder\nbuilder = StreamsBuilder()\nconfig = {}\n"


@pytest.mark.parametrize("is_package", [True, False], ids=["a package", "a folder"])
def test_a_module_given_by_its_path_imports_its_neighbours_relatively(shop, is_package, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    if is_package:
        (shop / "__init__.py").write_text("")
    loaded = load_module("corner_shop/app.py", folder=shop.parent)
    assert loaded.name == "app"
    module = sys.modules["corner_shop.app"]
    assert module.Word is module.Same is module.corner_shop.words.Word


@pytest.mark.parametrize("is_package", [True, False], ids=["a package", "a folder"])
def test_a_module_given_by_its_path_imports_from_the_folder_above_relatively(tmp_path, is_package, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    top = f"chain_{is_package}"
    folder = tmp_path / top / "of_shops"
    folder.mkdir(parents=True)
    if is_package:
        (folder / "__init__.py").write_text("")
    (tmp_path / top / "words.py").write_text("class Word: ...\n")
    (folder / "names.py").write_text("import sys\nsys.shop_imports = [*getattr(sys, 'shop_imports', []), __name__]\n")
    text = f"from . import names\nfrom ..words import Word\nimport {top}.words as same\n" + BUILDER
    (folder / "app.py").write_text(text)
    monkeypatch.setattr(sys, "shop_imports", [], raising=False)
    load_module(f"{top}/of_shops/app.py", folder=tmp_path)
    module = sys.modules[f"{top}.of_shops.app"]
    assert module.Word is module.same.Word
    assert sys.shop_imports == [f"{top}.of_shops.names"]  # type: ignore[attr-defined]


def test_a_file_is_imported_once_by_whatever_name_its_neighbours_know_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    folder = tmp_path / "topologies_once"
    folder.mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    (folder / "shared_once.py").write_text("imports = []\n")
    text = "import shared_once, topologies_once.shared_once as again\nassert again is shared_once\n"
    text += "from topologies_once import orders_once\nassert orders_once.__name__ == __name__\n"
    (folder / "orders_once.py").write_text(text + BUILDER)
    load_module("topologies_once/orders_once.py", folder=tmp_path)
    import shared_once

    assert shared_once.__spec__.name == "shared_once"


def test_a_package_whose_name_is_taken_is_told_so(tmp_path):
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "__init__.py").write_text("")
    (tmp_path / "json" / "app.py").write_text(BUILDER)
    with pytest.raises((ModuleError, ModuleNotFoundError), match=r"json"):
        load_module("json/app.py", folder=tmp_path)
