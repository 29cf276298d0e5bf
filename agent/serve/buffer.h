// Bytes received from a client: not touched before they arrive, so that a length alone costs no memory, and
// wiped at the end. Single-threaded.
#pragma once

#include "common/base/secret.h"

#include <stddef.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace scoped::serve {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(size_t capacity)
      : bytes_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}
  Buffer(Buffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        capacity_(std::exchange(other.capacity_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() { wipe(bytes_.get(), size_); }

  // Makes room for `capacity` bytes in all. REQUIRES: not less than there are.
  void grow(size_t capacity) {
    Buffer larger(capacity);
    std::memcpy(larger.free_space(), bytes_.get(), size_);
    larger.filled(size_);
    *this = std::move(larger);
  }
  char* free_space() { return bytes_.get() + size_; }
  size_t capacity() const { return capacity_; }
  size_t free_size() const { return capacity_ - size_; }
  void filled(size_t more) { size_ += more; }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace scoped::serve
