"""Converts to TFLite with TensorFlow's converter and ai-edge-quantizer, and repairs their files."""
