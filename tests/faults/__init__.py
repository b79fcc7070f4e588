"""What must hold whatever fails, tried for minutes instead of moments: `make faults`."""
