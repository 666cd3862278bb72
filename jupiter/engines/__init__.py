"""What carries a briefing out: a file an engine."""
