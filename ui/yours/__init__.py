"""The person's own network: what it takes, what is assumed, what it sees."""
