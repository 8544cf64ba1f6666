"""Finished .tflite and .onnx files, made by whatever, as bundles."""
