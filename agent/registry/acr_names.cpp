#include "agent/registry/acr_names.h"

#include <algorithm>
#include <array>
#include <vector>

namespace scoped::registry {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool consists_of(std::string_view text, size_t least, size_t most, std::string_view others) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), [=](char c) {
           return is_alphanumeric(c) || others.find(c) != std::string_view::npos;
         });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

tl::unexpected<Error> not_a_name(std::string_view kind, std::string_view name, std::string_view rule) {
  std::string what = "'";
  what.append(name).append("' is not a name of a ").append(kind).append(": ").append(rule);
  return fail(ErrorCode::invalid_input, std::move(what));
}

}  // namespace

bool is_same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [=](char x, char y) { return lower(x) == lower(y); });
}

Result<std::string> parse_resource_id(std::string_view text) {
  // An empty word stands for a part that is a name.
  static constexpr std::array<std::string_view, 9> kWords = {
      "", "subscriptions", "", "resourceGroups", "", "providers", "Microsoft.ContainerRegistry", "registries",
      ""};
  const auto parts = split(text, '/');
  bool good = parts.size() == kWords.size() && parts[0].empty();
  for (size_t i = 1; good && i < kWords.size(); ++i)
    good = kWords[i].empty() || is_same_word(parts[i], kWords[i]);
  good = good && consists_of(parts[2], 1, 64, "-") && consists_of(parts[4], 1, 90, "-_.()") &&
         parts[4].back() != '.' && consists_of(parts[8], 5, 50, "-");
  if (good) return std::string(parts[8]);
  return fail(ErrorCode::invalid_input,
              "'" + std::string(text) +
                  "' is not '/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerRegistry/"
                  "registries/NAME': ask 'az acr show -n NAME --query id'");
}

bool is_api_version(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.ends_with("-preview")) text.remove_suffix(8);
  return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(),
                    [](char c, char shape) { return shape == 'd' ? is_digit(c) : c == shape; });
}

Result<> check_name(std::string_view kind, std::string_view name) {
  if (consists_of(name, 1, 64, "-_")) return {};
  return not_a_name(kind, name, "letters, digits, '-' and '_'");
}

Result<> check_new_token(std::string_view name) {
  if (consists_of(name, 5, 50, "-") && !is_digit(name.front())) return {};
  return not_a_name("token", name, "5 to 50 letters, digits and '-', and no digit first");
}

Result<> check_new_scope_map(std::string_view name) {
  if (consists_of(name, 5, 50, "-_")) return {};
  return not_a_name("scope map", name, "5 to 50 letters, digits, '-' and '_'");
}

std::string format_expiry(Instant at) {
  std::string text = format_rfc3339(at);
  text.pop_back();  // 'Z'
  size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
    text += '.';
  }
  text.append(7 - (text.size() - point - 1), '0');
  return text + 'Z';
}

}  // namespace scoped::registry
