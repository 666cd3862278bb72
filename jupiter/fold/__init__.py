"""Events to state: the one fold, pure."""
