"""Configuration: Kafka's own dotted names, checked once, read as typed fields."""

from __future__ import annotations

from kstream_cli.config.config import Config
from kstream_cli.config.keys import ConfigKey, config_keys
from kstream_cli.config.sources import environment_settings, parse_properties, parse_setting

__all__ = ["Config", "ConfigKey", "config_keys", "environment_settings", "parse_properties", "parse_setting"]
