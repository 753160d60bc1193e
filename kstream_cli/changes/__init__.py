"""What a change of a topology does to a running application: to its state, its records in flight, its results."""
