"""Compares converted models with the float model: predictions, figures, non-inferiority test."""
