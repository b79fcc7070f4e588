"""Projects: what a donor and a recipient city carry out together, and its lifecycle."""
