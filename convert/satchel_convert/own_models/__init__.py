"""Models that no recipe made: Keras files, SavedModels and finished files, with what they lack."""
