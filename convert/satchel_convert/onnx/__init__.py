"""Converts to ONNX, with tf2onnx and ONNX Runtime's quantization tools."""
