"""Opens the float model, prepares it for deployment, and computes its predictions."""
