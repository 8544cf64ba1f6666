"""Why a quantized model differs from the float model it was made of, in words and figures."""
