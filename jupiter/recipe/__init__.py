"""A recipe from YAML to checked types: every mistake at once, with file, line and column."""
