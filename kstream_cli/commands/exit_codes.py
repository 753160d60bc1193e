"""The exit codes of `kstream`: each named once, and told to users in docs/reference/exit-codes.md.

A command's code is chosen here alone: what user code raises, `sys.exit` among it, is a failure like any other.
"""

from __future__ import annotations

import signal

DONE = 0
"""All was done; an application that was told to stop has committed."""
FAILED = 1
"""The message says what, where and what to do."""
USAGE = 2
"""A command line, or a setting, that cannot be meant."""
APPLICATION_SHUTDOWN = 3
"""All instances of the application were told to end."""
CAREFUL = 4
"""`kstream diff`: a restart needs a look before it."""
BREAKING = 5
"""`kstream diff`: a restart loses or mixes up state or records."""
SIGNALLED = 128
"""Plus the signal's number: ended by a signal before its work was done, as shells say it."""
HUNG_UP = SIGNALLED + signal.SIGHUP if hasattr(signal, "SIGHUP") else SIGNALLED + 1
BROKEN_OFF = SIGNALLED + signal.SIGINT
TERMINATED = SIGNALLED + signal.SIGTERM
