"""The same workloads in other libraries, each written as its own documentation would have it."""
