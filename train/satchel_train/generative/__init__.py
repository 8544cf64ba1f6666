"""Trains what makes images, and measures what came out."""
