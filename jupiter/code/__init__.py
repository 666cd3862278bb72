"""Text to tiles, interfaces and names, and back; pure and byte-exact."""
