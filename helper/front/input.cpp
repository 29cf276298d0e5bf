#include "helper/front/input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

namespace scoped::front {
namespace {

constexpr size_t kFirstBuffer = 4096;
constexpr int kQuietMilliseconds = 100;

// A string would leave the smaller buffer behind, unwiped, each time it grows.
void grow(std::string& text, size_t size) {
  std::string larger;
  larger.reserve(size);
  larger.assign(text);
  larger.resize(size);
  wipe(text);
  text.swap(larger);
}

bool is_quiet(int fd) {
  if (isatty(fd) == 1) return true;
  pollfd watched{fd, POLLIN, 0};
  return poll(&watched, 1, kQuietMilliseconds) == 0;
}

ssize_t read_some(int fd, char* buffer, size_t size) {
  ssize_t got = -1;
  do {
    got = read(fd, buffer, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

void discard_rest(int fd, Until until, std::string& scratch) {
  while (until == Until::end || !is_quiet(fd))
    if (read_some(fd, scratch.data(), scratch.size()) <= 0) return;
}

}  // namespace

Secret drain(int fd, size_t most, Until until) {
  std::string buffer(std::min(most, kFirstBuffer), '\0');
  size_t size = 0;
  while (size < most && (until == Until::end || !is_quiet(fd))) {
    if (size == buffer.size()) grow(buffer, std::min(most, 2 * size));
    const ssize_t got = read_some(fd, buffer.data() + size, buffer.size() - size);
    if (got <= 0) break;
    size += static_cast<size_t>(got);
  }
  Secret kept{std::string_view(buffer).substr(0, size)};
  if (size == most) discard_rest(fd, until, buffer);
  wipe(buffer);
  return kept;
}

}  // namespace scoped::front
