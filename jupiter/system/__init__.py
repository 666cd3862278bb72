"""The doors to the outside: child processes, git, paths, scratch folders."""
