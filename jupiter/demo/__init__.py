"""What `jupiter demo` needs: a real package as a git repository."""
