"""The passes that change a parsed .tflite file between its conversion backend and the bundle."""
