// The functions of LiteRT's C interface that Satchel calls, found in its shared library.
//
// Each returns a status, 0 for success, but for those that destroy. LiteRT 2.3 and later have them
// so; in older versions LiteRtCreateModelFromBuffer took no environment.
#ifndef SATCHEL_LITERT_H
#define SATCHEL_LITERT_H

#include <stddef.h>
#include <stdint.h>

// The type of a tensor: a number for the dtype, the rank in 7 bits, the sides and the strides.
typedef struct SatchelLiteRtType {
    int32_t element;
    uint32_t rank : 7;
    uint32_t has_strides : 1;
    int32_t sides[8];
    uint32_t strides[8];
} SatchelLiteRtType;

typedef struct SatchelLiteRt {
    int (*create_environment)(int count, const void *options, void **out);
    int (*create_model)(void *environment, const void *bytes, size_t length, void **out);
    int (*create_options)(void **out);
    int (*set_accelerators)(void *options, int accelerators);
    int (*create_compiled_model)(void *environment, void *model, void *options, void **out);
    int (*get_subgraph)(void *model, size_t at, void **out);
    int (*get_signature)(void *model, size_t at, void **out);
    int (*count_inputs)(void *subgraph, size_t *out);
    int (*get_input)(void *subgraph, size_t at, void **out);
    int (*get_output)(void *subgraph, size_t at, void **out);
    int (*get_signature_input)(void *signature, size_t at, void **out);
    int (*get_type)(void *tensor, SatchelLiteRtType *out);
    int (*input_requirements)(void *compiled, size_t signature, size_t at, void **out);
    int (*output_requirements)(void *compiled, size_t signature, size_t at, void **out);
    int (*create_buffer)(void *environment, const SatchelLiteRtType *type, void *requirements,
                         void **out);
    int (*lock)(void *buffer, void **out, int mode);
    int (*unlock)(void *buffer);
    int (*run)(void *compiled, size_t signature, size_t input_count, void **inputs,
               size_t output_count, void **outputs);
    void (*destroy_options)(void *options);
    void (*destroy_buffer)(void *buffer);
    void (*destroy_compiled_model)(void *compiled);
    void (*destroy_model)(void *model);
} SatchelLiteRt;

enum { SATCHEL_LITERT_CPU = 1, SATCHEL_LITERT_READ = 0, SATCHEL_LITERT_WRITE = 1 };

// Fills in the functions of a shared library, for NULL libLiteRt.so where the system looks for
// libraries. Returns 0, or 1 if the library or one of the functions is not there.
int satchel_litert_open(const char *library, SatchelLiteRt *functions);

#endif
