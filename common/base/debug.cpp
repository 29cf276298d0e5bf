#include "common/base/debug.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

namespace scoped {
namespace {

constexpr const char* kVariable = "SCOPED_DEBUG";
constexpr size_t kLongestShown = 255;
constexpr size_t kLongestRun = 32;  // of letters and digits; a password of a token has 52
constexpr std::string_view kCut = "(cut)";

std::string about(const std::string& path) { return std::string("$") + kVariable + " '" + path + "': "; }

tl::unexpected<Error> refuse(const std::string& path, const std::string& why) {
  return fail(ErrorCode::denied, about(path) + why + ": name another file");
}

tl::unexpected<Error> cannot_open(const std::string& path) {
  if (errno == ELOOP || errno == ENOTDIR)
    return refuse(path, "it is a symbolic link, or on its way is one or no folder");
  return fail(errno_error(errno, std::string("$") + kVariable + ": open", path));
}

std::string take_part(std::string_view& rest) {
  while (rest.starts_with('/')) rest.remove_prefix(1);
  std::string part(rest.substr(0, rest.find('/')));
  rest.remove_prefix(part.size());
  return part;
}

bool is_roots_alone(const Fd& folder) {
  struct stat info {};
  if (fstat(folder.get(), &info) != 0 || info.st_uid != 0) return false;
  return (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (info.st_mode & S_ISVTX) != 0;
}

constexpr int kAppend = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

Result<Fd> open_as_root(const std::string& path) {
  std::string_view rest = path;
  std::string part = take_part(rest);
  Fd folder(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  while (folder) {
    if (!is_roots_alone(folder))
      return refuse(path, "root writes only where every folder is root's and nobody else may write it");
    const std::string next = take_part(rest);
    if (next.empty()) folder = Fd(openat(folder.get(), part.c_str(), kAppend, 0600));
    if (next.empty() && folder) return folder;
    if (!next.empty())
      folder = Fd(openat(folder.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    part = next;
  }
  return cannot_open(path);
}

Result<Fd> open_as_user(const std::string& path) {
  Fd file(open(path.c_str(), kAppend, 0600));
  if (!file) return cannot_open(path);
  return file;
}

// Of what was opened, so that nobody can put another in its place after the look.
Result<Fd> check_ours(Fd file, const std::string& path, uid_t self) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) return cannot_open(path);
  if (!S_ISREG(info.st_mode)) return refuse(path, "it is no regular file");
  if (info.st_uid != self) return refuse(path, "it belongs to uid " + std::to_string(info.st_uid));
  if (info.st_nlink != 1) return refuse(path, "it has more than one name");
  return file;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_mark(char c) { return c == '.' || c == '-' || c == '_'; }

std::string_view take_scheme(std::string_view& text) {
  for (std::string_view scheme : {"https://", "http://"}) {
    const std::string_view start = text.substr(0, scheme.size());
    if (!std::equal(start.begin(), start.end(), scheme.begin(), scheme.end(),
                    [](char a, char b) { return lower(a) == b; }))
      continue;
    text.remove_prefix(scheme.size());
    return scheme;
  }
  return {};
}

// No run of letters and digits is as long as a password.
bool has_long_run(std::string_view text) {
  size_t run = 0;
  for (char c : text) {
    run = is_digit(c) || is_small(lower(c)) ? run + 1 : 0;
    if (run > kLongestRun) return true;
  }
  return false;
}

// With a dot, a port or as "localhost": a bare word may be a password that somebody sent by mistake.
bool is_host(std::string_view text) {
  constexpr size_t kLongestPort = 5;
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view name = text.substr(0, colon);
  const std::string_view port = text.substr(std::min(colon + 1, text.size()));
  const bool is_named = std::all_of(name.begin(), name.end(),
                                    [](char c) { return is_small(lower(c)) || is_digit(c) || is_mark(c); });
  const bool is_port = port.size() <= kLongestPort && std::all_of(port.begin(), port.end(), is_digit);
  const bool is_bare = name.find('.') == std::string_view::npos && port.empty() && name != "localhost";
  return !name.empty() && is_named && is_port && !is_bare && !has_long_run(text);
}

bool is_repository(std::string_view text) {
  return !has_long_run(text) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_small(c) || is_digit(c) || is_mark(c) || c == '/';
  });
}

}  // namespace

Result<Fd> open_debug(const Environment& environment) {
  const auto value = environment.get(kVariable);
  if (!value) return Fd();
  if (*value == "1") return Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!value->starts_with('/')) return Fd();
  const bool root = environment.uid() == 0;
  return check_ours(TRY(root ? open_as_root(*value) : open_as_user(*value)), *value, environment.uid());
}

std::string debug_line(std::string_view program, pid_t pid, std::chrono::microseconds since_start,
                       std::string_view text) {
  const int64_t tenths = since_start.count() / 100;
  std::string line(program);
  line += "[" + std::to_string(pid) + "] +" + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
  line += "ms ";
  for (char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  line += '\n';
  return line;
}

std::string redacted_key(std::string_view key) {
  key = key.substr(0, key.find_first_of("\r\n"));
  std::string shown(take_scheme(key));
  const size_t query = key.find_first_of("?#");
  const std::string_view path_and_host = key.substr(0, query);
  size_t slash = std::min(path_and_host.find('/'), path_and_host.size());
  // A password may hold a slash, so user information ends at the last '@' wherever that is.
  std::string_view host = path_and_host.substr(0, slash);
  std::string_view path = path_and_host.substr(slash);
  if (const size_t at = key.rfind('@'); at != std::string_view::npos) {
    shown.append(kCut) += '@';
    host = path_and_host.size() > at ? path_and_host.substr(at + 1) : std::string_view();
    slash = std::min(host.find('/'), host.size());
    path = host.substr(slash);
    host = host.substr(0, slash);
  }
  if (host.size() + path.size() > kLongestShown || !is_host(host)) return shown.append(kCut);
  shown += host;
  if (!is_repository(path)) return shown.append("/").append(kCut);
  shown += path;
  return query == std::string_view::npos ? shown : shown.append("?").append(kCut);
}

}  // namespace scoped
