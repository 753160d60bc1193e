"""What a coordinator says of a streams group, and what it says where there is none."""

from typing import Any

import pytest

from kstream_cli.config import Config
from kstream_cli.errors import StreamsError
from kstream_cli.protocol.error_codes import ErrorCode
from kstream_cli.protocol.messages import DESCRIBE
from kstream_cli.runtime.streams_group.description import described_group


@pytest.fixture
def describe(broker):
    """Describes the group `app`, of which the broker answers with this error."""

    def ask(code):
        groups: Any = DESCRIBE.forms[1].response.fields["groups"]
        blank = dict.fromkeys(groups.of.fields, 0)
        group = blank | {"error_code": code, "group_id": "app", "group_state": "Dead", "members": []}
        nothing = ("error_message", "topology", "topology_description", "assignor_name")
        answer = {"throttle_time_ms": 0, "groups": [group | dict.fromkeys(nothing)]}
        broker.on(DESCRIBE, lambda request: answer)
        return described_group(Config.from_mapping({"bootstrap.servers": broker.address}), "app", seconds=5)

    return ask


@pytest.mark.parametrize("code", [ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.UNSUPPORTED_VERSION])
def test_there_is_no_group_where_the_protocol_is_switched_off_either(describe, code):
    assert describe(code) is None


def test_a_refusal_is_told_with_its_name(describe):
    with pytest.raises(StreamsError, match="group 'app' cannot be described: GROUP_AUTHORIZATION_FAILED"):
        describe(ErrorCode.GROUP_AUTHORIZATION_FAILED)
