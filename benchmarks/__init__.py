"""How fast kstream is beside its rivals (`python -m benchmarks`), and what it survives (`python -m benchmarks.faults`)."""
