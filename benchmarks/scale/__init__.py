"""What a larger job costs: more nodes, tasks, partitions, keys and minutes, a figure a step."""
