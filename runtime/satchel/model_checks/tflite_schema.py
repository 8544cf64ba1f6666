"""The slots of the fields of a TFLite file, and the meaning of some of their numbers.

Source: tensorflow/lite/schema/schema.fbs (version 3)
"""

IDENTIFIER = b"TFL3"
MODEL_CODES, MODEL_SUBGRAPHS, MODEL_BUFFERS = 1, 2, 4
CODE_DEPRECATED, CODE_BUILTIN = 0, 3
SUBGRAPH_TENSORS, SUBGRAPH_INPUTS, SUBGRAPH_OUTPUTS, SUBGRAPH_OPERATORS = 0, 1, 2, 3
TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_QUANTIZATION = 0, 1, 2, 4
QUANTIZATION_SCALE = 2
OPERATOR_CODE, OPERATOR_INPUTS, OPERATOR_OUTPUTS, OPERATOR_INTERMEDIATES = 0, 1, 2, 8
BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE = 0, 1, 2

FULLY_CONNECTED = 9
"""The number of this operator in BuiltinOperator."""
INT8 = 9
"""The number of this type in TensorType."""
NONE = -1
"""The index that stands for an optional input that an operator does not have."""
