"""Status reports: what each partner city says of a period, frozen once it is published."""
