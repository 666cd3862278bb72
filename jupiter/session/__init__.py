"""One briefing's view of the run: what it reads, and the gate that its writes go through."""
