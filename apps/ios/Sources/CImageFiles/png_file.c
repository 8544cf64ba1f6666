#include "CImageFiles.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Source {
    const uint8_t *content;
    size_t left;
} Source;

static void fail(png_structp png, png_const_charp message) {
    SatchelImageFile *image = png_get_error_ptr(png);
    snprintf(image->problem, sizeof image->problem, "%s", message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void supply(png_structp png, png_bytep into, png_size_t count) {
    Source *source = png_get_io_ptr(png);
    if (count > source->left) png_error(png, "it is cut short");
    memcpy(into, source->content, count);
    source->content += count;
    source->left -= count;
}

static void keep_exif(png_structp png, png_infop info, SatchelImageFile *image) {
    png_bytep exif = NULL;
    png_uint_32 count = 0;
    if (!png_get_eXIf_1(png, info, &count, &exif) || !count) return;
    image->exif = malloc(count);
    if (!image->exif) return;
    memcpy(image->exif, exif, count);
    image->exif_bytes = count;
}

static void read_pixels(png_structp png, png_infop info, uint64_t most_pixels,
                        SatchelImageFile *image) {
    png_read_info(png, info);
    image->width = png_get_image_width(png, info);
    image->height = png_get_image_height(png, info);
    image->has_profile = png_get_valid(png, info, PNG_INFO_iCCP) != 0;
    if ((uint64_t)image->width * image->height > most_pixels) png_error(png, "too many pixels");
    // No gamma: Satchel takes the levels as sRGB. 16 bits keep their upper byte.
    png_set_strip_16(png);
    png_set_expand(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t row_bytes = png_get_rowbytes(png, info);
    if (row_bytes != (size_t)4 * image->width) png_error(png, "rows of another length");
    image->rgba = malloc(row_bytes * image->height);
    if (!image->rgba) png_error(png, "memory does not hold it");
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t row = 0; row < image->height; row++) {
            png_read_row(png, image->rgba + row * row_bytes, NULL);
        }
    }
    png_read_end(png, info);
    keep_exif(png, info, image);
}

void satchel_decode_png(const uint8_t *content, size_t bytes, uint64_t most_pixels,
                        SatchelImageFile *image) {
    memset(image, 0, sizeof *image);
    Source source = {content, bytes};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, image, fail, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        snprintf(image->problem, sizeof image->problem, "libpng did not start");
    } else if (!setjmp(png_jmpbuf(png))) {
        png_set_read_fn(png, &source, supply);
        read_pixels(png, info, most_pixels, image);
    }
    png_destroy_read_struct(&png, &info, NULL);
}
