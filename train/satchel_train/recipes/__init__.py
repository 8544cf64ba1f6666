"""A folder a recipe: its data set, its model and its training, nothing else."""
