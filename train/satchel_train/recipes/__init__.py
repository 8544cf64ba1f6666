"""Recipes: each folder holds a data set, its models and their training, nothing else."""
