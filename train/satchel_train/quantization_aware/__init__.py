"""Fine-tuning of a trained model under the rounding that full_int8 TFLite will do to it."""
