"""The ledger of mails: each is a row before it is sent, and goes out once."""
