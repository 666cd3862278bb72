"""What becomes of the result: verification, and a git branch or a patch."""
