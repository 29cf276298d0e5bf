// The grammar of names as Azure Container Registry documents it: registries, tokens, scope maps, slots,
// repositories, and the actions of a scope map with their wildcards. Pure. Real clients do not check most of
// this, so the emulator has to.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::emulator {

inline constexpr std::array<std::string_view, 2> kSlots = {"password1", "password2"};
inline constexpr std::array<std::string_view, 2> kAdminSlots = {"password",
                                                                "password2"};  // not those of a token

bool is_registry_name(std::string_view name);   // 5 to 50 letters and digits
bool is_token_name(std::string_view name);      // 5 to 50 letters, digits and '-'; the first is no digit
bool is_scope_map_name(std::string_view name);  // 5 to 50 letters, digits, '-' and '_'
bool is_slot_name(std::string_view name);
bool is_repository(std::string_view name);  // the grammar of Distribution: lower case, at most 255 characters
bool is_host_name(std::string_view name);   // without a port
bool is_api_version(std::string_view text);  // 2023-07-01 or 2023-08-01-preview: any date, never a list

// Azure compares the names of resources without regard to case.
std::string lower(std::string_view text);
bool same_name(std::string_view left, std::string_view right);

// One entry of a scope map's `actions`.
struct Action {
  enum class Kind { repository, gateway };
  Kind kind = Kind::repository;
  std::string target;     // repository, pattern ("*", "samples/*") or connected registry
  std::string operation;  // "content/read", "config/write", ...
};

// Nothing when it is not in the grammar. A wildcard stands alone or as the last part: 'samples/*', never
// 'samples/a*' or 'samples/*/b'.
std::optional<Action> parse_action(std::string_view text);

// Whether a pattern of an action covers this repository.
bool covers(std::string_view pattern, std::string_view repository);

}  // namespace scoped::emulator
