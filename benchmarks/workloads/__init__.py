"""The workloads as kstream topologies, in the public API, as a user would write them."""
