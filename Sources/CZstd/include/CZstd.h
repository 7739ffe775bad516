#pragma once
#include <stddef.h>

// The part of zstd's stable API (unchanged since 1.4) that Steward calls. Every Debian has the library, because dpkg
// needs it, but not its headers: declaring these few functions saves a package at set-up.

typedef enum { ZSTD_c_compressionLevel = 100, ZSTD_c_checksumFlag = 201 } ZSTD_cParameter;

typedef struct ZSTD_CCtx_s ZSTD_CCtx;
typedef struct ZSTD_DCtx_s ZSTD_DCtx;

ZSTD_CCtx *ZSTD_createCCtx(void);
size_t ZSTD_freeCCtx(ZSTD_CCtx *context);
ZSTD_DCtx *ZSTD_createDCtx(void);
size_t ZSTD_freeDCtx(ZSTD_DCtx *context);
size_t ZSTD_compressBound(size_t size);
size_t ZSTD_CCtx_setParameter(ZSTD_CCtx *context, ZSTD_cParameter parameter, int value);
size_t ZSTD_compress2(ZSTD_CCtx *context, void *target, size_t capacity, const void *source, size_t size);
size_t ZSTD_decompressDCtx(ZSTD_DCtx *context, void *target, size_t capacity, const void *source, size_t size);
unsigned long long ZSTD_getFrameContentSize(const void *source, size_t size);
unsigned ZSTD_isError(size_t code);
const char *ZSTD_getErrorName(size_t code);
