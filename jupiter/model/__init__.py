"""The words of Jupiter as frozen types, one file a word; no I/O."""
