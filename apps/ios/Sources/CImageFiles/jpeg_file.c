#include "CImageFiles.h"

#include <setjmp.h>
#include <stdio.h>
// jpeglib.h needs stdio.h in front of it.
#include <jpeglib.h>
#include <stdlib.h>
#include <string.h>

enum { EXIF_MARKER = JPEG_APP0 + 1, PROFILE_MARKER = JPEG_APP0 + 2, MOST_SCANS = 100 };

typedef struct Failure {
    struct jpeg_error_mgr manager;
    jmp_buf jump;
    SatchelImageFile *image;
} Failure;

static void fail(j_common_ptr jpeg) {
    Failure *failure = (Failure *)jpeg->err;
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    snprintf(failure->image->problem, sizeof failure->image->problem, "%s", message);
    longjmp(failure->jump, 1);
}

static void ignore(j_common_ptr jpeg) { (void)jpeg; }

static void stop(struct jpeg_decompress_struct *jpeg, const char *reason) {
    Failure *failure = (Failure *)jpeg->err;
    snprintf(failure->image->problem, sizeof failure->image->problem, "%s", reason);
    longjmp(failure->jump, 1);
}

static void watch_scans(j_common_ptr jpeg) {
    struct jpeg_decompress_struct *decoder = (struct jpeg_decompress_struct *)jpeg;
    if (decoder->input_scan_number > MOST_SCANS) stop(decoder, "too many scans");
}

static void keep_markers(struct jpeg_decompress_struct *jpeg, SatchelImageFile *image) {
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker; marker = marker->next) {
        if (marker->marker == PROFILE_MARKER && marker->data_length > 12 &&
            !memcmp(marker->data, "ICC_PROFILE", 12)) {
            image->has_profile = 1;
        }
        if (marker->marker != EXIF_MARKER || image->exif || marker->data_length <= 6) continue;
        if (memcmp(marker->data, "Exif\0\0", 6)) continue;
        image->exif_bytes = marker->data_length - 6;
        image->exif = malloc(image->exif_bytes);
        if (!image->exif) stop(jpeg, "memory does not hold it");
        memcpy(image->exif, marker->data + 6, image->exif_bytes);
    }
}

static void read_pixels(struct jpeg_decompress_struct *jpeg, uint64_t most_pixels,
                        SatchelImageFile *image) {
    jpeg_save_markers(jpeg, EXIF_MARKER, 0xffff);
    jpeg_save_markers(jpeg, PROFILE_MARKER, 0xffff);
    jpeg_read_header(jpeg, TRUE);
    image->width = jpeg->image_width;
    image->height = jpeg->image_height;
    if ((uint64_t)image->width * image->height > most_pixels) stop(jpeg, "too many pixels");
    if (jpeg->num_components != 1 && jpeg->num_components != 3) stop(jpeg, "it is in CMYK");
    keep_markers(jpeg, image);
    jpeg->out_color_space = JCS_EXT_RGBA;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(jpeg);
    size_t row_bytes = (size_t)4 * image->width;
    image->rgba = malloc(row_bytes * image->height);
    if (!image->rgba) stop(jpeg, "memory does not hold it");
    while (jpeg->output_scanline < image->height) {
        JSAMPROW row = image->rgba + jpeg->output_scanline * row_bytes;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    if (jpeg->err->num_warnings) stop(jpeg, "it is damaged or cut short");
    jpeg_finish_decompress(jpeg);
}

void satchel_decode_jpeg(const uint8_t *content, size_t bytes, uint64_t most_pixels,
                         SatchelImageFile *image) {
    memset(image, 0, sizeof *image);
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress = {0};
    Failure failure = {.image = image};
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = fail;
    failure.manager.output_message = ignore;
    progress.progress_monitor = watch_scans;
    if (!setjmp(failure.jump)) {
        jpeg_create_decompress(&jpeg);
        jpeg.progress = &progress;
        jpeg_mem_src(&jpeg, content, bytes);
        read_pixels(&jpeg, most_pixels, image);
    }
    jpeg_destroy_decompress(&jpeg);
}
