"""What a digest says, from one document read as its reader."""
