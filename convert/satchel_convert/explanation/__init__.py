"""Explains in words and numbers why a quantized model differs from its float model."""
