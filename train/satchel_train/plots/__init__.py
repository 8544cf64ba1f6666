"""Images of what a training did."""
