"""Every recorded topology, edited as people edit, really restarted: what `kstream diff` says must be true.

A part of the pairs; `python tests/changes/measure.py` restarts all.
"""

import pytest
from outcome import Outcome, findings, findings_of_texts
from recorded import edited, recorded_pairs, steps_of
from restart import restart

PAIRS = list(recorded_pairs(stride=40))


@pytest.mark.parametrize(("case", "edit"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS])
def test_no_pair_that_loses_or_mixes_state_is_called_safe(case, edit):
    old, new, config = edited(case, edit)
    restarted = restart(old, new, config, steps_of(case, old, config[0]), same=True)
    lost = [] if restarted is None else restarted.lost
    for said in (findings(old, new, config), findings_of_texts(old, new, config)):
        outcome = Outcome(str(case), said, lost)
        assert outcome.fault != "wrongly safe", outcome
