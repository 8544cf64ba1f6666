"""Judges a model's predictions by themselves, without another model that shares its mistakes."""
