"""One classifier on one set of labelled images -> what its answers survive: findings, as JSON and as one HTML file."""
