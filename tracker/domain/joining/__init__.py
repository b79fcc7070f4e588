"""Taking up roles, and what begins with them."""
