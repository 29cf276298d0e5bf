#include "common/crypto/arena.h"

#include "common/base/secret.h"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <stddef.h>

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

ArenaState make_arena(size_t bytes) {
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
