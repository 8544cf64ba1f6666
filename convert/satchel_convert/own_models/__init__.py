"""Describes models that no recipe made: Keras files, SavedModels and finished files."""
