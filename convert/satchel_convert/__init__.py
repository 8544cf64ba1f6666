"""A Keras model to TFLite and ONNX, verified and packed in one bundle."""
