"""The work of one task, without I/O: the runtime and the test driver run this same code."""
