"""Pictures of what a training did."""
