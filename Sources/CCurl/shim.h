#pragma once
// libcurl's own checks of option types are macros that only see constants; the wrappers' types do that work.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

// Swift can't call variadic C functions. Each wrapper is one call of curl_easy_setopt, curl_multi_setopt or
// curl_easy_getinfo for options whose value has the type in the wrapper's name.

typedef size_t (*hardtack_curl_data)(char *data, size_t size, size_t count, void *context);

static inline CURLcode hardtack_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode hardtack_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

// libcurl copies the text (CURLOPTTYPE_STRINGPOINT).
static inline CURLcode hardtack_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

// libcurl keeps the pointer: it must outlive the handle or be replaced.
static inline CURLcode hardtack_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}

// For CURLOPT_WRITEFUNCTION, CURLOPT_HEADERFUNCTION and CURLOPT_READFUNCTION.
static inline CURLcode hardtack_curl_set_data(CURL *handle, CURLoption option, hardtack_curl_data value) {
  return curl_easy_setopt(handle, option, value);
}

// For CURLOPT_SEEKFUNCTION.
static inline CURLcode hardtack_curl_set_seek(CURL *handle, CURLoption option, curl_seek_callback value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLMcode hardtack_curl_set_multi(CURLM *handle, CURLMoption option, long value) {
  return curl_multi_setopt(handle, option, value);
}

// The value of a CURLINFO_LONG; `otherwise` where libcurl has none.
static inline long hardtack_curl_long(CURL *handle, CURLINFO info, long otherwise) {
  long value = otherwise;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : otherwise;
}

// The text of a CURLINFO_STRING, owned by the handle; null where libcurl has none.
static inline const char *hardtack_curl_string(CURL *handle, CURLINFO info) {
  char *value = 0;
  return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
