"""Hand-made pairs, really restarted: what `kstream diff` says of each must be true."""

import pytest
from hand_made import HAND_MADE
from on_broker import OnBroker
from outcome import Outcome, findings, findings_of_texts
from restart import restart

from kstream_cli.broker.embedded import EmbeddedBroker

ON_BROKER = (
    "nothing",
    "a store renamed",
    "a grouping renamed",
    "windows where none were",
)
"""With what each of them finds, these show what the harness on a broker can see."""


@pytest.mark.parametrize("pair", HAND_MADE[::3], ids=str)
def test_no_pair_that_loses_or_mixes_state_is_called_safe(pair):
    config = pair.configs("app")
    old, new = pair.topologies(*config)
    restarted = restart(old, new, config, pair.steps(old, config[0]), same=pair.same)
    assert restarted is not None
    for said in (findings(old, new, config), findings_of_texts(old, new, config)):
        outcome = Outcome(pair.name, said, restarted.lost)
        assert outcome.fault != "wrongly safe", outcome


@pytest.mark.embedded
@pytest.mark.parametrize("name", ON_BROKER)
def test_what_is_said_of_a_pair_is_what_happens_on_a_broker(name, tmp_path):
    pair = next(each for each in HAND_MADE if each.name == name)
    config = pair.configs("app")
    old, new = pair.topologies(*config)
    with EmbeddedBroker() as broker:
        found = OnBroker(broker.bootstrap_servers, tmp_path).restart(
            old, new, config, pair.steps(old, config[0]), same=pair.same
        )
    assert found is not None
    outcome = Outcome(name, findings(old, new, config), found.lost)
    assert outcome.fault is None, outcome
    assert bool(found.lost) is (outcome.verdict == "breaking"), outcome
