#include "common/store/vault_paths.h"

#include "common/net/http.h"

#include <algorithm>

namespace scoped::store {
namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

Result<std::string> escaped(std::string_view what, std::string_view text) {
  std::string path;
  for (std::string_view rest = trimmed(text); !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty() || part == "." || part == ".." || !is_visible(part))
      return fail(
          ErrorCode::invalid_input,
          "'" + std::string(what) + "' is no path of visible characters without empty parts, '.' and '..'");
    path += (path.empty() ? "" : "/") + net::percent_encode(part);
  }
  return path;
}

std::string component(std::string_view name) { return net::percent_encode(record::escape_component(name)); }

}  // namespace

Result<VaultPaths> VaultPaths::make(std::string_view mount, std::string_view prefix) {
  VaultPaths paths;
  paths.mount_ = TRY(escaped("mount", mount));
  if (paths.mount_.empty()) return fail(ErrorCode::invalid_input, "'mount' is empty");
  paths.prefix_ = TRY(escaped("prefix", prefix));
  if (!paths.prefix_.empty()) paths.prefix_ += '/';
  return paths;
}

std::string VaultPaths::folder(std::string_view area, std::string_view registry) const {
  std::string path = mount_ + "/";
  if (!area.empty()) path.append(area).append("/");
  path += prefix_;
  if (!registry.empty()) path += component(registry) + "/";
  return path;
}

std::string VaultPaths::of(std::string_view area, const record::RecordName& name) const {
  return folder(area, name.registry) + component(name.token);
}

}  // namespace scoped::store
