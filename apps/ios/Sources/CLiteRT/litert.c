#include "CLiteRT.h"

#include <dlfcn.h>

typedef struct Name {
    const char *name;
    void **function;
} Name;

int satchel_litert_open(const char *library, SatchelLiteRt *functions) {
    void *found = dlopen(library ? library : "libLiteRt.so", RTLD_NOW | RTLD_LOCAL);
    if (!found) return 1;
    const Name names[] = {
        {"LiteRtCreateEnvironment", (void **)&functions->create_environment},
        {"LiteRtCreateModelFromBuffer", (void **)&functions->create_model},
        {"LiteRtCreateOptions", (void **)&functions->create_options},
        {"LiteRtSetOptionsHardwareAccelerators", (void **)&functions->set_accelerators},
        {"LiteRtCreateCompiledModel", (void **)&functions->create_compiled_model},
        {"LiteRtGetModelSubgraph", (void **)&functions->get_subgraph},
        {"LiteRtGetModelSignature", (void **)&functions->get_signature},
        {"LiteRtGetNumSubgraphInputs", (void **)&functions->count_inputs},
        {"LiteRtGetSubgraphInput", (void **)&functions->get_input},
        {"LiteRtGetSubgraphOutput", (void **)&functions->get_output},
        {"LiteRtGetSignatureInputTensorByIndex", (void **)&functions->get_signature_input},
        {"LiteRtGetRankedTensorType", (void **)&functions->get_type},
        {"LiteRtGetCompiledModelInputBufferRequirements", (void **)&functions->input_requirements},
        {"LiteRtGetCompiledModelOutputBufferRequirements", (void **)&functions->output_requirements},
        {"LiteRtCreateManagedTensorBufferFromRequirements", (void **)&functions->create_buffer},
        {"LiteRtLockTensorBuffer", (void **)&functions->lock},
        {"LiteRtUnlockTensorBuffer", (void **)&functions->unlock},
        {"LiteRtRunCompiledModel", (void **)&functions->run},
        {"LiteRtDestroyOptions", (void **)&functions->destroy_options},
        {"LiteRtDestroyTensorBuffer", (void **)&functions->destroy_buffer},
        {"LiteRtDestroyCompiledModel", (void **)&functions->destroy_compiled_model},
        {"LiteRtDestroyModel", (void **)&functions->destroy_model},
    };
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        *names[at].function = dlsym(found, names[at].name);
        if (!*names[at].function) return 1;
    }
    return 0;
}
