"""The DSL: streams and tables, and the operators they are made of."""
