"""Golden vectors: which inputs, how they are written, and how far a device may be off."""
