#include "common/broker/trust.h"

#include "common/base/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <utility>

namespace scoped::broker {
namespace {

constexpr uint64_t kEveryUid = 4'294'967'295;

struct Owners {
  uid_t self;
  std::optional<uid_t> also_root;

  bool is_root(uid_t uid) const { return uid == 0 || uid == also_root; }
};

Trust trust_in_owner(const struct stat& info, const Owners& owners) {
  if (owners.is_root(info.st_uid)) return Trust::roots;
  return info.st_uid == owners.self ? Trust::ours : Trust::foreign;
}

Trust trust_in_folder(const struct stat& info, const Owners& owners) {
  const Trust owner = trust_in_owner(info, owners);
  const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if (!others_write) return owner;
  const bool sticky = (info.st_mode & S_ISVTX) != 0 && owner == Trust::roots;
  return sticky ? Trust::ours : Trust::foreign;
}

Trust trust_after_failure() { return errno == EACCES || errno == EPERM ? Trust::forbidden : Trust::absent; }

// The next part of the path; what is left begins behind it. Empty at the end.
std::string take_part(std::string_view& rest) {
  while (rest.starts_with('/')) rest.remove_prefix(1);
  std::string part(rest.substr(0, rest.find('/')));
  rest.remove_prefix(part.size());
  return part;
}

Trust check_socket(const Fd& folder, const std::string& name, const Owners& owners) {
  struct stat info {};
  if (fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return trust_after_failure();
  return S_ISSOCK(info.st_mode) ? trust_in_owner(info, owners) : Trust::absent;
}

struct Line {
  uint64_t inner = 0;
  uint64_t outer = 0;
  uint64_t count = 0;
};

std::optional<Line> take_line(std::string_view& map) {
  Line line;
  for (uint64_t* number : {&line.inner, &line.outer, &line.count}) {
    const size_t start = map.find_first_not_of(" \n");
    if (start == std::string_view::npos) return std::nullopt;
    map.remove_prefix(start);
    const auto [end, error] = std::from_chars(map.data(), map.data() + map.size(), *number);
    if (error != std::errc()) return std::nullopt;
    map.remove_prefix(static_cast<size_t>(end - map.data()));
  }
  return line;
}

std::string read_small(const char* path) {
  const Fd file(open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  const ssize_t size = file ? read(file.get(), text.data(), text.size()) : -1;
  return size > 0 ? std::string(text.data(), static_cast<size_t>(size)) : std::string();
}

}  // namespace

Trust check_path(const std::string& path, uid_t self, std::optional<uid_t> also_root) {
  if (!path.starts_with('/')) return Trust::absent;
  const Owners owners{self, also_root};
  std::string_view rest = path;
  std::string part = take_part(rest);
  Fd folder(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return trust_after_failure();
  Trust least = Trust::roots;
  while (true) {
    struct stat info {};
    if (fstat(folder.get(), &info) != 0) return Trust::absent;
    const Trust here = trust_in_folder(info, owners);
    if (here == Trust::foreign) return here;
    if (here == Trust::ours) least = here;
    if (part.empty() || part == "..") return Trust::absent;
    const std::string next = take_part(rest);
    if (next.empty()) {
      const Trust socket = check_socket(folder, part, owners);
      return socket == Trust::roots ? least : socket;
    }
    Fd inner(openat(folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner) return trust_after_failure();
    folder = std::move(inner);
    part = next;
  }
}

std::optional<uid_t> outer_uid(std::string_view uid_map, uid_t inner) {
  while (const auto line = take_line(uid_map)) {
    if (inner < line->inner || inner - line->inner >= line->count) continue;
    return static_cast<uid_t>(line->outer + (inner - line->inner));
  }
  return std::nullopt;
}

bool is_identity(std::string_view uid_map) {
  const auto line = take_line(uid_map);
  return line && line->inner == 0 && line->outer == 0 && line->count == kEveryUid;
}

std::optional<uid_t> read_outer_uid(uid_t inner) {
  return outer_uid(read_small("/proc/self/uid_map"), inner);
}

std::optional<uid_t> read_overflow_uid() {
  if (is_identity(read_small("/proc/self/uid_map"))) return std::nullopt;
  const std::string text = read_small("/proc/sys/kernel/overflowuid");
  uid_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  return error == std::errc() ? std::optional<uid_t>(uid) : std::nullopt;
}

}  // namespace scoped::broker
