// The names that the project handles as values: registry hosts, repositories, record names. Pure.
#pragma once

#include "common/base/result.h"

#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace scoped::record {

// A token of a registry; the name of its record.
struct RecordName {
  std::string registry;  // canonical host[:port], lower case
  std::string token;

  auto operator<=>(const RecordName&) const = default;
  std::string display() const { return registry + "/" + token; }
};

// Lower-cases, drops scheme, user-visible paths and the ports 443 and 80. invalid_input for anything that is
// no host.
Result<std::string> parse_registry_host(std::string_view text);
// A component that cannot leave its folder: letters, digits, '-', '_' and inner '.' stay, every other byte is
// %XX. "." and ".." are escaped whole, an empty text is "%". Injective.
std::string escape_component(std::string_view text);
// invalid_input for anything that escape_component does not make.
Result<std::string> parse_component(std::string_view escaped);

// Whether a scope map's repository pattern covers a repository: exact, or "prefix/*", or "*".
bool covers(std::string_view pattern, std::string_view repository);
// A repository name or pattern that ACR accepts (reference acr-and-azure 1.2): "*" only last and after '/'.
Result<> check_repository_pattern(std::string_view pattern);
// content/read and its kin; invalid_input lists the known ones.
Result<> check_action(std::string_view action);
std::span<const std::string_view> known_actions();

}  // namespace scoped::record
