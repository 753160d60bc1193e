"""A running application from outside: feed it, read its topics, ask it, repair it."""
