#include "COnnxRuntime.h"

#if defined(__APPLE__)

extern const SatchelOrtApiBase *OrtGetApiBase(void);

const SatchelOrtApiBase *satchel_ort_open(const char *library) {
    (void)library;
    return OrtGetApiBase();
}

#else

#include <dlfcn.h>

typedef const SatchelOrtApiBase *(*GetApiBase)(void);

const SatchelOrtApiBase *satchel_ort_open(const char *library) {
    void *found = dlopen(library ? library : "libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!found) return NULL;
    GetApiBase get_api_base = (GetApiBase)dlsym(found, "OrtGetApiBase");
    return get_api_base ? get_api_base() : NULL;
}

#endif
