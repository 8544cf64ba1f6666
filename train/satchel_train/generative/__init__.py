"""Trains what makes pictures, and measures what came out."""
