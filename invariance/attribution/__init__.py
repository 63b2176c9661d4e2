"""Where an answer comes from: covering places, and class activation maps."""
