"""The training loop: optimizers, schedules, devices, checkpoints, several machines."""
