"""The public names of the package: each can be imported, and each is listed once."""

import pytest

import kstream_cli


@pytest.mark.parametrize("name", kstream_cli.__all__)
def test_a_public_name_can_be_imported(name):
    assert callable(getattr(kstream_cli, name))


def test_every_public_name_has_a_home():
    assert sorted(kstream_cli._HOMES) == sorted(kstream_cli.__all__)
