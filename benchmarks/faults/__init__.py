"""A pipeline in several processes, faults at random, and a checker that trusts nobody."""
