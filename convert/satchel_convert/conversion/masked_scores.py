"""The numbers that stand for no score where attention is masked, whatever the format."""

LOW = -1e4
"""A number at or below this stands for no score, whose share is 0: scores are some tens. Keras's is
-1e9, or -3e4 in float16, and a file in float16 stores -65504"""
LOWEST = -3e38
"""A number whose sum with any score is the number itself, so that a text without words still gives
all of them the same share"""
