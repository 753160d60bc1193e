"""Whose database it is that a store finds in its folder."""

from __future__ import annotations

import pytest
from rocksdict import Rdict

from kstream_cli.errors import ForeignStateError, StoreError
from kstream_cli.state.disk.store_folder import set_aside, store_folder


def test_a_folder_is_found_again_by_its_store(context):
    folder = store_folder(context, "counts")
    (folder / "CURRENT").write_text("")
    assert store_folder(context, "counts") == folder == context.directory / "kstream" / "counts"


def test_java_and_kstream_keep_out_of_each_others_way(context):
    javas = context.directory / "rocksdb" / "counts"
    javas.mkdir(parents=True)
    assert store_folder(context, "counts") != javas


def test_a_database_that_kstream_did_not_write_is_not_opened(context):
    Rdict(str(context.directory / "kstream" / "counts")).close()
    with pytest.raises(ForeignStateError, match="counts holds files that kstream did not write"):
        store_folder(context, "counts")


def test_a_folder_that_was_left_before_its_owner_was_noted_is_taken(context):
    folder = context.directory / "kstream" / "counts"
    folder.mkdir(parents=True)
    (folder / "OWNER.tmp").write_text("kst")
    assert store_folder(context, "counts") == folder


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kstream state 1", "kstream state 2", "another version of kstream"),
        ("test-counts", "other-counts", r"holds the state of changelog other-counts-changelog, task 0_0, not of"),
        ("task 0_0", "task 0_1", "task 0_1, not of changelog test-counts-changelog, task 0_0"),
        ("kstream", "\x00\xff", "did not write"),
        ("\n", "", "did not write"),
    ],
)
def test_state_of_another_application_task_or_version_is_told(context, before, after, said):
    owner = store_folder(context, "counts") / "OWNER"
    owner.write_text(owner.read_text().replace(before, after), encoding="latin-1")
    with pytest.raises(ForeignStateError, match=said) as refused:
        store_folder(context, "counts")
    assert refused.value.path == owner.parent


@pytest.mark.parametrize("put", ["link", "file"])
@pytest.mark.parametrize("place", ["kstream", "kstream/counts"])
def test_a_link_or_a_file_in_its_place_is_refused(context, tmp_path, place, put):
    path = context.directory / place
    path.parent.mkdir(parents=True)
    if put == "link":
        path.symlink_to(tmp_path)
    else:
        path.write_text("")
    with pytest.raises(StoreError, match=r"is a (link|file).*move it away"):
        store_folder(context, "counts")


def test_what_is_set_aside_is_kept_each_time(context):
    for number in (1, 2):
        folder = store_folder(context, "counts")
        (folder / "CURRENT").write_text(f"{number}")
        set_aside(folder)
    kept = sorted((context.directory / "kstream").glob("*/CURRENT"))
    assert [path.read_text() for path in kept] == ["1", "2"]
