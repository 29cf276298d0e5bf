#include "helper/fetch/input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace scoped::fetch {
namespace {

constexpr size_t kFirstBuffer = 16 << 10;
constexpr int kQuietMilliseconds = 100;

// Memory that grows without leaving its old content behind.
class Kept {
 public:
  explicit Kept(size_t most) : most_(most) {}
  ~Kept() { wipe(bytes_.get(), size_); }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  void add(const char* bytes, size_t size) {
    size = std::min(size, most_ - size_);
    if (size_ + size > room_) grow(std::min(most_, std::max(2 * room_, size_ + size)));
    std::copy_n(bytes, size, bytes_.get() + size_);
    size_ += size;
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  void grow(size_t room) {
    auto larger = std::make_unique_for_overwrite<char[]>(room);
    std::copy_n(bytes_.get(), size_, larger.get());
    wipe(bytes_.get(), size_);
    bytes_ = std::move(larger);
    room_ = room;
  }

  const size_t most_;
  std::unique_ptr<char[]> bytes_;
  size_t room_ = 0;
  size_t size_ = 0;
};

bool is_quiet(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return isatty(fd) == 1 || poll(&watched, 1, kQuietMilliseconds) == 0;
}

}  // namespace

Secret read_input(int fd, size_t most, bool to_end) {
  Kept kept(most);
  char buffer[kFirstBuffer];
  while (to_end || !is_quiet(fd)) {
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    kept.add(buffer, static_cast<size_t>(got));
  }
  wipe(buffer, sizeof buffer);
  return Secret(kept.view());
}

}  // namespace scoped::fetch
