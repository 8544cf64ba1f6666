"""Plots of a training: curves, confusion, mistakes and generated images."""
