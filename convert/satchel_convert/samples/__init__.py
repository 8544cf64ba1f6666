"""Reads evaluation and calibration samples, in every form that a user may have them in."""
