"""Index to briefings: selection, partition, plan."""
