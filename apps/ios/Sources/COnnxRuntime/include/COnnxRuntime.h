// The functions of ONNX Runtime's C interface that Satchel calls.
//
// OrtApi is a list of functions whose places never change, as its header onnxruntime_c_api.h says.
// The places between those that are called are left open here, so that no header of ONNX Runtime is
// needed, and every version from 1.16 on will do.
#ifndef SATCHEL_ONNX_RUNTIME_H
#define SATCHEL_ONNX_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

// The version of the interface that is asked for, that of ONNX Runtime 1.16.
enum { SATCHEL_ORT_API_VERSION = 16 };

typedef struct SatchelOrtApi {
    void *before_2[2];
    const char *(*get_error_message)(const void *status);
    void *(*create_env)(int logging_level, const char *name, void **out);
    void *before_6[2];
    void *(*disable_telemetry_events)(const void *env);
    void *before_8[1];
    void *(*create_session_from_array)(const void *env, const void *model, size_t length,
                                       const void *options, void **out);
    void *(*run)(void *session, const void *run_options, const char *const *input_names,
                 const void *const *inputs, size_t input_count, const char *const *output_names,
                 size_t output_count, void **outputs);
    void *(*create_session_options)(void **out);
    void *before_24[13];
    void *(*set_intra_op_threads)(void *options, int threads);
    void *(*set_inter_op_threads)(void *options, int threads);
    void *before_30[4];
    void *(*session_get_input_count)(const void *session, size_t *out);
    void *before_36[5];
    void *(*session_get_input_name)(const void *session, size_t at, void *allocator, char **out);
    void *(*session_get_output_name)(const void *session, size_t at, void *allocator, char **out);
    void *before_49[11];
    void *(*create_tensor_with_data)(const void *memory_info, void *data, size_t bytes,
                                     const int64_t *shape, size_t rank, int type, void **out);
    void *before_51[1];
    void *(*get_tensor_data)(void *value, void **out);
    void *before_60[8];
    void *(*get_tensor_element_type)(const void *info, int *out);
    void *(*get_dimensions_count)(const void *info, size_t *out);
    void *(*get_dimensions)(const void *info, int64_t *out, size_t count);
    void *before_65[2];
    void *(*get_tensor_type_and_shape)(const void *value, void **out);
    void *before_69[3];
    void *(*create_cpu_memory_info)(int allocator, int memory, void **out);
    void *before_76[6];
    void *(*allocator_free)(void *allocator, void *pointer);
    void *before_78[1];
    void *(*get_default_allocator)(void **out);
    void *before_93[14];
    void (*release_status)(void *status);
    void (*release_memory_info)(void *info);
    void (*release_session)(void *session);
    void (*release_value)(void *value);
    void *before_99[2];
    void (*release_tensor_info)(void *info);
    void (*release_session_options)(void *options);
} SatchelOrtApi;

typedef struct SatchelOrtApiBase {
    const SatchelOrtApi *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
} SatchelOrtApiBase;

// Returns the functions of ONNX Runtime, or NULL if it is not here. On Apple's systems it is linked
// into the application, and the library's name does not matter. Elsewhere the shared library is
// opened; for NULL it is libonnxruntime.so.1 where the system looks for libraries.
const SatchelOrtApiBase *satchel_ort_open(const char *library);

#endif
