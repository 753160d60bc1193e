"""The kinds of store: key-value, window, session and versioned ones, and the buffers of operators."""
