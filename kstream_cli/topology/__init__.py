"""A topology as data: nodes, stores, internal topics, subtopologies and their description."""
