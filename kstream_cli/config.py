"""Configuration: Kafka's own dotted names, checked once, read as typed fields."""

from __future__ import annotations


class Config:
    """All settings of an application."""
