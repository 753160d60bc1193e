"""How fast kstream is (`python -m benchmarks`), and what it survives (`python -m benchmarks.faults`)."""
