"""Fits a network: optimizers, schedules, devices, checkpoints, several machines."""
