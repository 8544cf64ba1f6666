"""Keras 3 training recipes, a folder each, that end in a model folder."""
