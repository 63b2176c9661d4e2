"""What was measured on test images and recorded: accuracy, curves, consistency, trainings, sources."""
