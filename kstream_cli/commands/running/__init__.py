"""`kstream run`: instances started, watched, shown and stopped."""
