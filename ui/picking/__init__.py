"""What the person chooses: an image, networks, and choices that are remembered."""
