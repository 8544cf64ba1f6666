"""The float model of a bundle: a Keras model, or a .tflite or .onnx file of any origin."""
