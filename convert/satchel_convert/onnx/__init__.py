"""Converts to ONNX, with Keras's export and ONNX Runtime's quantization tools."""
