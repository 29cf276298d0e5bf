#include "common/config/names.h"

#include "common/config/report.h"

#include <algorithm>

namespace scoped::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view name, std::string_view others) {
  return std::all_of(name.begin(), name.end(), [others](char c) {
    return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
  });
}

bool has_length(std::string_view name, size_t least, size_t most) {
  return name.size() >= least && name.size() <= most;
}

}  // namespace

std::optional<std::string> problem_of_token_name(std::string_view name) {
  if (has_length(name, 5, 50) && consists_of(name, "-") && !is_digit(name.front())) return std::nullopt;
  return in_quotes(name) + " is not a token's name: 5 to 50 letters, digits and '-', not a digit first";
}

std::optional<std::string> problem_of_scope_map_name(std::string_view name) {
  if (has_length(name, 5, 50) && consists_of(name, "-_")) return std::nullopt;
  return in_quotes(name) + " is not a scope map's name: 5 to 50 letters, digits, '-' and '_'";
}

std::optional<std::string> problem_of_object_name(std::string_view name) {
  if (has_length(name, 1, 64) && consists_of(name, ".-_") && is_alphanumeric(name.front()))
    return std::nullopt;
  return in_quotes(name) +
         " is not a name: 1 to 64 letters, digits, '.', '-' and '_', a letter or digit first";
}

}  // namespace scoped::config
