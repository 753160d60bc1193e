"""Stream, standby and global threads, and the tasks they run."""
