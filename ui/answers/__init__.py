"""What networks answer to the person's image: as it is, at every amount, at every shift, over a wide canvas."""
