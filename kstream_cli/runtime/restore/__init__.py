"""Local state: restored from changelogs, locked, and deleted when it is old."""
