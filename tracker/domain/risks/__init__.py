"""What could go wrong with a project, and what has."""
