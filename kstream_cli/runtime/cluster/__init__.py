"""What an application needs to know of the cluster: its topics, its group, and who has which task."""
