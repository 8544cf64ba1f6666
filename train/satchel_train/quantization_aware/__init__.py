"""Fine-tunes a trained model under the rounding of full_int8 TFLite."""
