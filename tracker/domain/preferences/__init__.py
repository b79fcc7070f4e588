"""Which mails a person gets, and when."""
