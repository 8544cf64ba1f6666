"""Converted models against the float one: answers, figures, and the gate that judges them."""
