"""From a MODULE argument to a topology and its settings."""
