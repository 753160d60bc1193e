"""A broker that answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_broker import FakeBroker


@pytest.fixture
def broker() -> Iterator[FakeBroker]:
    fake = FakeBroker()
    yield fake
    fake.close()
