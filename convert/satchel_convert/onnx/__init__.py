"""To ONNX: Keras's export and ONNX Runtime's quantization tools."""
