"""Watching a topology at work: which way each record takes, what it reads and writes, and where and why it ends."""
