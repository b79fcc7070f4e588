"""What people of the partner cities and the secretariat say to each other about a project."""
