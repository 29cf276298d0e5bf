#include "common/crypto/arena.h"

#include "common/base/secret.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <bit>

namespace scoped::crypto {
namespace {

constexpr size_t kSmallestBlock = 32;
constexpr size_t kSmallestArena = 1 << 12;

// A full arena is no error of anybody's: the queue is left as it was.
void* allocate(size_t size) {
  ERR_set_mark();
  void* memory = OPENSSL_secure_malloc(size);
  ERR_pop_to_mark();
  return memory != nullptr ? memory : OPENSSL_malloc(size);
}

// Wipes and frees wherever the memory is from.
void release(void* memory, size_t size) { OPENSSL_secure_clear_free(memory, size); }

// OpenSSL's own heap: a TLS connection leaves decrypted bytes in it.
void wipe_and_free(void* memory, const char*, int) {
  if (memory == nullptr) return;
  wipe(memory, malloc_usable_size(memory));
  free(memory);
}
void* allocate_plain(size_t size, const char*, int) { return malloc(size); }
void* reallocate(void* memory, size_t size, const char* file, int line) {
  if (size == 0) {
    wipe_and_free(memory, file, line);
    return nullptr;
  }
  void* larger = malloc(size);
  if (larger == nullptr || memory == nullptr) return larger;
  memcpy(larger, memory, std::min(size, malloc_usable_size(memory)));
  wipe_and_free(memory, file, line);
  return larger;
}

ArenaState make_arena(size_t bytes) {
  CRYPTO_set_mem_functions(&allocate_plain, &reallocate,
                           &wipe_and_free);  // refused after the first allocation
  const int made = CRYPTO_secure_malloc_init(std::bit_ceil(bytes < kSmallestArena ? kSmallestArena : bytes),
                                             kSmallestBlock);
  if (made == 0) {
    ERR_clear_error();
    return ArenaState::absent;
  }
  set_secret_arena({&allocate, &release});
  return made == 1 ? ArenaState::locked : ArenaState::unlocked;
}

}  // namespace

ArenaState install_secret_arena(unsigned long bytes) {
  static const ArenaState state = make_arena(bytes);  // there is one for the whole program
  return state;
}

}  // namespace scoped::crypto
