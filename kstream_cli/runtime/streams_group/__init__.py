"""Membership by the streams rebalance protocol (KIP-1071): the broker gives out the tasks."""
