"""The passes that change a parsed ONNX model between its conversion backend and the bundle."""
