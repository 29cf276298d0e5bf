// Names that a configuration gives or uses, as the registry accepts them. Pure. Each function returns what is
// wrong with the name, ready to be reported, or nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scoped::config {

// ACR: 5 to 50 letters, digits and '-', not a digit first.
std::optional<std::string> problem_of_token_name(std::string_view name);
// ACR: 5 to 50 letters, digits, '-' and '_'.
std::optional<std::string> problem_of_scope_map_name(std::string_view name);
// Stores, identities, listeners, and profiles (which become the end of a program's name): 1 to 64 letters,
// digits, '.', '-' and '_', a letter or digit first.
std::optional<std::string> problem_of_object_name(std::string_view name);

}  // namespace scoped::config
