"""What `jupiter demo` needs: a real package, a local Messages server, scripts in the place of a model."""
