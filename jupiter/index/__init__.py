"""Codebase to index: files, tiles, and who imports whom."""
