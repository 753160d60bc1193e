"""`kstream send`, `peek` and `topics`: what goes into topics, what is in them, and which there are."""
