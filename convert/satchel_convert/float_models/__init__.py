"""The float model that a bundle is made from: a Keras model, or a .tflite or .onnx of any origin."""
