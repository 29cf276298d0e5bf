#include "common/net/curl_memory.h"

#include "common/base/secret.h"

#include <curl/curl.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

namespace scoped::net {
namespace {

void wiping_free(void* memory) {
  if (memory == nullptr) return;
  wipe(memory, malloc_usable_size(memory));
  free(memory);
}

// realloc may move and leave the old bytes behind, so it is never used.
void* wiping_realloc(void* memory, size_t size) {
  void* fresh = malloc(size);
  if (memory == nullptr || fresh == nullptr) return fresh;
  memcpy(fresh, memory, std::min(size, malloc_usable_size(memory)));
  wiping_free(memory);
  return fresh;
}

}  // namespace

bool start_curl() {
  static const bool started =
      curl_global_init_mem(CURL_GLOBAL_ALL, malloc, wiping_free, wiping_realloc, strdup, calloc) == CURLE_OK;
  return started;
}

}  // namespace scoped::net
