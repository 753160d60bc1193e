"""What one record costs inside a task, counted instead of timed, so that it can be a test."""
