"""Threads, clients, rebalances and transactions: tasks running against a cluster."""
