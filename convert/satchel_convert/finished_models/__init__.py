"""Wraps finished .tflite and .onnx files from any tool in bundles."""
