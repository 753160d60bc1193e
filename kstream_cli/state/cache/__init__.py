"""The record cache, and what leaves it: changelog records and updates for the operators downstream."""
