"""Serdes: how keys and values become bytes on a topic and in a store."""
