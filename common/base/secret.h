// A secret text: move-only, wiped when it dies or shrinks, never printed. reveal() is the only way out, so
// that every use can be found by searching for it. Not thread-safe: one owner at a time.
#pragma once

#include <stddef.h>

#include <string>
#include <string_view>

namespace scoped {

class Secret {
 public:
  Secret() = default;
  // Copies the text into the arena. The caller's copy is the caller's to wipe.
  explicit Secret(std::string_view text);
  // Takes the text over and wipes the string that held it.
  static Secret take(std::string&& text);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  // A second owner of the same text; explicit so that copies can be searched for.
  Secret clone() const { return Secret(reveal()); }

  std::string_view reveal() const { return {data_, size_}; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  // Compares in a time that depends on the lengths only.
  bool equals(const Secret& other) const;

 private:
  void release() noexcept;
  char* data_ = nullptr;
  size_t size_ = 0;
};

// Where secrets live. The default is malloc and wipe; common/crypto installs OpenSSL's locked arena. Both
// functions must be callable from any thread. Set once, before the first Secret is made. Returns the arena
// before.
struct SecretArena {
  void* (*allocate)(size_t);
  void (*release)(void*, size_t);  // wipes, then frees
};
SecretArena set_secret_arena(const SecretArena& arena);

// Overwrites memory in a way that the compiler keeps.
void wipe(void* memory, size_t size);
void wipe(std::string& text);

}  // namespace scoped
