// PNG and JPEG files to pixels, by the system's libpng and libjpeg: for the command on Linux.
#ifndef SATCHEL_IMAGE_FILES_H
#define SATCHEL_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

typedef struct SatchelImageFile {
    uint32_t width;
    uint32_t height;
    // Red, green, blue and alpha of each pixel, not multiplied by alpha; free() it.
    uint8_t *rgba;
    // The EXIF data behind "Exif\0\0", or NULL; free() it.
    uint8_t *exif;
    size_t exif_bytes;
    // Whether the file has a colour profile, which is not applied.
    int has_profile;
    // Why the file could not be decoded, in one line; empty if it could.
    char problem[200];
} SatchelImageFile;

// Each fills in `image`; `most_pixels` is checked before pixels are decoded.
void satchel_decode_png(const uint8_t *content, size_t bytes, uint64_t most_pixels,
                        SatchelImageFile *image);
void satchel_decode_jpeg(const uint8_t *content, size_t bytes, uint64_t most_pixels,
                         SatchelImageFile *image);

#endif
