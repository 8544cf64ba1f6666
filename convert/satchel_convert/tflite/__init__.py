"""To TFLite: TensorFlow's converter, ai-edge-quantizer, and what is mended in their files."""
