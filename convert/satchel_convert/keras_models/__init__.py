"""The float model: opened, prepared for deployment, and what it answers."""
