"""Rows in memory and in RocksDB: tables that survive a crash."""
