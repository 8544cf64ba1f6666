"""What is changed in a parsed ONNX model between its conversion backend and the bundle."""
