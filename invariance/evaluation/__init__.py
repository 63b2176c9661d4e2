"""What a network is worth on labelled images: accuracy, survival, consistency, learning, and the records of them."""
