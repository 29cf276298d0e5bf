#include "common/identity/vault_token_helper.h"

#include "common/base/file.h"
#include "common/base/spawn.h"
#include "common/identity/vault_login.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace scoped::identity {
namespace {

constexpr size_t kLargest = 1 << 16;
constexpr std::string_view kKey = "token_helper";

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// "= "/path"" without anything behind it but a comment.
std::optional<std::string> value_of(std::string_view rest) {
  rest = trim(rest);
  if (!rest.starts_with('=')) return std::nullopt;
  rest = trim(rest.substr(1));
  if (!rest.starts_with("\"/")) return std::nullopt;
  const size_t end = rest.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view behind = trim(rest.substr(end + 1));
  if (!behind.empty() && !behind.starts_with('#') && !behind.starts_with("//")) return std::nullopt;
  const std::string_view path = rest.substr(1, end - 1);
  const bool plain = path.find_first_of(std::string_view("\\\0", 2)) == std::string_view::npos &&
                     path.find("${") == std::string_view::npos;
  return plain ? std::optional(std::string(path)) : std::nullopt;
}

Result<std::optional<std::string>> read_helper_file(const std::string& path, const Environment& environment) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (fd.get() < 0 && errno == ENOENT) return std::nullopt;
  struct stat about = {};
  if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode))
    return fail(ErrorCode::denied, "'" + path + "' cannot be read");
  const bool is_ours = about.st_uid == environment.uid() || about.st_uid == 0;
  if (!is_ours || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(ErrorCode::denied, "'" + path + "' names a program, so only you may own and write it");
  return TRY_WITH(parse_token_helper(TRY(read_all(fd.get(), kLargest, path))), "'" + path + "'");
}

}  // namespace

Result<std::optional<std::string>> parse_token_helper(std::string_view text) {
  std::optional<std::string> found;
  int number = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trim(text.substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty() || line.starts_with('#') || line.starts_with("//")) continue;
    auto value = line.starts_with(kKey) && !found ? value_of(line.substr(kKey.size())) : std::nullopt;
    if (!value)
      return fail(ErrorCode::invalid_input,
                  "line " + std::to_string(number) +
                      " is not understood: expected token_helper = \"/absolute/path\"");
    found = std::move(value);
  }
  return found;
}

Result<std::optional<std::string>> find_token_helper(const Environment& environment) {
  for (const char* name : {"BAO_CONFIG_PATH", "VAULT_CONFIG_PATH"})
    if (const auto path = environment.get(name)) return read_helper_file(*path, environment);
  const auto home = environment.get("HOME");
  if (!home) return std::nullopt;
  for (const char* name : {"/.bao", "/.vault"}) {
    auto found = TRY(read_helper_file(*home + name, environment));
    if (found) return found;
  }
  return std::nullopt;
}

Result<Secret> ask_token_helper(const std::string& program, std::chrono::milliseconds limit) {
  const std::string intention = "token helper '" + program + "'";
  auto said = spawn({program, "get"}, "", limit);
  if (!said && said.error().code() == ErrorCode::unavailable)
    return fail(ErrorCode::unavailable, intention + ": it takes too long");
  if (!said)
    return fail(ErrorCode::unavailable, intention + ": it cannot be started: " + said.error().line());
  if (said->out.reveal().size() > kLargest)
    return fail(ErrorCode::unavailable, intention + ": it prints more than a token");
  if (said->exit_code != 0) return fail(ErrorCode::unavailable, intention + ": it failed");
  Secret token = std::move(said->out);
  if (token.empty()) return fail(ErrorCode::not_found, intention + ": it keeps no token: run 'bao login'");
  return TRY_WITH(plain_token(std::move(token)), intention);
}

}  // namespace scoped::identity
