"""What holds for all tests."""

import signal

from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("kstream", deadline=None)
settings.load_profile("kstream")

# A run that outlives its terminal (nohup) ignores SIGHUP, and so would the commands that the tests start.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
