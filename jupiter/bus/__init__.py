"""The log: append, follow, read; the one truth of a run."""
