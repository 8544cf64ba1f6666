"""Rounds the weights of a layer so that its outputs change least; knows no file format."""
