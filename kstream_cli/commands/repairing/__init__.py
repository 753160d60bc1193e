"""Repairing an application: dead letters sent back, offsets and state reset."""
