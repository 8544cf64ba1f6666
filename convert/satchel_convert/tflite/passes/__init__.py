"""What is changed in a parsed .tflite file between its conversion backend and the bundle."""
