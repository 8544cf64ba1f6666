"""Trains models that make images, and measures their images."""
