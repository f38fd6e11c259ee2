#pragma once
#include <zlib.h>

// deflateInit2 is a macro. 16 more than the window's bits asks for gzip's header and trailer (zlib.h).
static inline int hardtack_gzip_begin(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
