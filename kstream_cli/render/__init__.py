"""A topology as text, tree and picture."""
