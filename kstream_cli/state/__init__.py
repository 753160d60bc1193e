"""State stores: what a processor remembers, on disk or in memory, behind one write buffer."""
