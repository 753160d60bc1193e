"""A topology as it is described: plain data, the same for a Python module, Java's text and saved JSON."""
