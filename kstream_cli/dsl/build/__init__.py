"""What the fluent classes call: parts of the graph in, parts of the graph out, and the graph written as a topology."""
