"""What was kept of a network while it learned: its first filters and its answers to turned images, epoch by epoch."""

WATCHED_ANGLES = tuple(range(0, 360, 15))  # degrees counter-clockwise
