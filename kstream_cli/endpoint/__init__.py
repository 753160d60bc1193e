"""The HTTP endpoint of a running instance: its health, its metrics, its topology, and what its stores hold."""
