#include "common/record/names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::record {
namespace {

// A '%' that escapes nothing.
constexpr std::string_view kEmptyComponent = "%";

constexpr std::array<std::string_view, 5> kActions = {"content/read", "content/write", "content/delete",
                                                      "metadata/read", "metadata/write"};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_host(std::string_view host) {
  constexpr size_t kLongest = 253;
  if (host.empty() || host.size() > kLongest || host.front() == '.' || host.front() == '-') return false;
  if (host.back() == '.' || host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

// Without leading zeros, so that a port has one spelling.
bool is_port(std::string_view port) {
  unsigned number = 0;
  const auto [stop, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
  return problem == std::errc() && stop == port.data() + port.size() && port.front() != '0' &&
         number <= 65535;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> parse_registry_host(std::string_view text) {
  std::string_view rest = text;
  for (std::string_view scheme : {"https://", "http://"}) {
    if (lower(rest.substr(0, scheme.size())) != scheme) continue;
    rest.remove_prefix(scheme.size());
    break;
  }
  rest = rest.substr(0, rest.find('/'));
  const size_t colon = rest.rfind(':');
  const std::string_view host = rest.substr(0, colon);
  const std::string_view port = colon == std::string_view::npos ? "443" : rest.substr(colon + 1);
  if (!is_host(host) || !is_port(port))
    return fail(ErrorCode::invalid_input, "'" + std::string(text) + "' is not a registry host");
  std::string canonical = lower(host);
  if (port != "443" && port != "80") canonical.append(":").append(port);
  return canonical;
}

std::string escape_component(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  if (text.empty()) return std::string(kEmptyComponent);
  const bool dots_only = text.find_first_not_of('.') == std::string_view::npos;
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool plain_dot = c == '.' && i > 0 && !dots_only;
    if (is_alphanumeric(c) || c == '-' || c == '_' || plain_dot) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

Result<std::string> parse_component(std::string_view escaped) {
  if (escaped == kEmptyComponent) return std::string();
  std::string out;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      out += escaped[i];
      continue;
    }
    const int high = i + 2 < escaped.size() ? hex_value(escaped[i + 1]) : -1;
    const int low = i + 2 < escaped.size() ? hex_value(escaped[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(ErrorCode::invalid_input, "not an escaped name");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (out.empty() || escape_component(out) != escaped)
    return fail(ErrorCode::invalid_input, "not an escaped name");
  return out;
}

bool covers(std::string_view pattern, std::string_view repository) {
  if (pattern == "*") return true;
  if (!pattern.ends_with("/*")) return pattern == repository;
  pattern.remove_suffix(1);
  return repository.size() > pattern.size() && repository.starts_with(pattern);
}

Result<> check_repository_pattern(std::string_view pattern) {
  const std::string quoted = "'" + std::string(pattern) + "'";
  const size_t star = pattern.find('*');
  const bool star_alone = pattern == "*";
  const bool star_last =
      star != std::string_view::npos && star + 1 == pattern.size() && pattern.ends_with("/*");
  if (star != std::string_view::npos && !star_alone && !star_last)
    return fail(ErrorCode::invalid_input, quoted + ": a wildcard is '*' alone or one '/*' at the end");
  const std::string_view name =
      star == std::string_view::npos ? pattern : pattern.substr(0, star_alone ? 0 : star - 1);
  const bool known = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '/';
  });
  if (!known || (name.empty() && !star_alone) || name.starts_with("/") || name.ends_with("/") ||
      name.find("//") != std::string_view::npos)
    return fail(ErrorCode::invalid_input,
                quoted + " is not a repository: lower-case letters, digits, '.', '-', '_' and inner '/'");
  return {};
}

std::span<const std::string_view> known_actions() { return kActions; }

Result<> check_action(std::string_view action) {
  if (std::find(kActions.begin(), kActions.end(), action) != kActions.end()) return {};
  std::string known;
  for (std::string_view name : kActions) known.append(known.empty() ? "" : ", ").append(name);
  return fail(ErrorCode::invalid_input, "'" + std::string(action) + "' is not an action: use " + known);
}

}  // namespace scoped::record
