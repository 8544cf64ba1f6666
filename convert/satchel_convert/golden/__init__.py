"""Golden vectors: the choice of inputs, their files, and the tolerance for other devices."""
