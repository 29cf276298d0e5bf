#include "common/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include <new>
#include <utility>

namespace scoped {
namespace {

void release_plain(void* memory, size_t size) {
  wipe(memory, size);
  free(memory);
}

SecretArena arena{&malloc, &release_plain};

}  // namespace

SecretArena set_secret_arena(const SecretArena& chosen) { return std::exchange(arena, chosen); }

void wipe(void* memory, size_t size) {
  if (size != 0) explicit_bzero(memory, size);
}

void wipe(std::string& text) {
  wipe(text.data(), text.capacity());
  text.clear();
}

Secret::Secret(std::string_view text) {
  if (text.empty()) return;
  data_ = static_cast<char*>(arena.allocate(text.size()));
  if (data_ == nullptr) throw std::bad_alloc();
  memcpy(data_, text.data(), text.size());
  size_ = text.size();
}

Secret Secret::take(std::string&& text) {
  Secret secret{std::string_view(text)};
  wipe(text);
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  release();
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() { release(); }

void Secret::release() noexcept {
  if (data_ != nullptr) arena.release(data_, size_);
  data_ = nullptr;
  size_ = 0;
}

bool Secret::equals(const Secret& other) const {
  if (size_ != other.size_) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < size_; ++i)
    difference |= static_cast<unsigned>(static_cast<unsigned char>(data_[i]) ^
                                        static_cast<unsigned char>(other.data_[i]));
  return difference == 0;
}

}  // namespace scoped
