// The grammars of single texts: paths, URLs, sources of secrets, percentages, hosts.
#include "common/config/read_value.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::config {
namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

bool consists_of(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && consists_of(host, "0123456789.");
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && consists_of(port, "0123456789");
}

// "host", "host:1", "[::1]:1"; nothing when it is none.
std::optional<std::string_view> host_of_authority(std::string_view authority) {
  const size_t after_bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (after_bracket == std::string_view::npos) return std::nullopt;
  const size_t colon = authority.find(':', after_bracket);
  const std::string_view host = authority.substr(0, colon);
  if (host.empty() || (colon != std::string_view::npos && !is_port(authority.substr(colon + 1))))
    return std::nullopt;
  const bool bracketed = after_bracket != 0;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  const bool known = bracketed ? consists_of(host, "[]:.0123456789abcdefABCDEF") && host.back() == ']'
                               : consists_of(host, kLetters);
  return known ? std::optional(host) : std::nullopt;
}

bool is_absolute(std::string_view path) {
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
         });
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         is_plain(name);
}

bool is_variable(std::string_view name) {
  return !name.empty() && is_plain(name) && name.find('=') == std::string_view::npos;
}

struct SourceRow {
  std::string_view prefix;
  SecretSource::Kind kind;
  bool (*accepts)(std::string_view);
};
constexpr std::array kSources = {
    SourceRow{"file:", SecretSource::Kind::file, &is_absolute},
    SourceRow{"credential:", SecretSource::Kind::credential, &is_file_name},
    SourceRow{"env:", SecretSource::Kind::env, &is_variable},
};

}  // namespace

Result<std::string> parse_path(std::string_view text) {
  if (!is_absolute(text)) return fail(ErrorCode::invalid_input, "an absolute path");
  std::string path;
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
    const std::string_view part = text.substr(0, text.find('/'));
    text.remove_prefix(part.size());
    if (part == "." || part == "..") return fail(ErrorCode::invalid_input, "a path without '.' and '..'");
    if (!part.empty()) path.append("/").append(part);
  }
  return path.empty() ? "/" : path;
}

Result<std::string> parse_url(std::string_view text) {
  const auto wrong =
      fail(ErrorCode::invalid_input, "a URL such as \"https://HOST/PATH\", or http on loopback");
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || !is_plain(text) ||
      text.find_first_of("?#@\\") != std::string_view::npos)
    return wrong;
  const std::string_view scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 3);
  const auto host = host_of_authority(rest.substr(0, rest.find('/')));
  if (!host || (scheme != "https" && !(scheme == "http" && is_loopback(*host)))) return wrong;
  return std::string(text.substr(0, text.find_last_not_of('/') + 1));
}

Result<std::string> parse_server(std::string_view text) {
  constexpr std::string_view kSocket = "unix://";
  if (text.starts_with(kSocket)) return std::string(kSocket) + TRY(parse_path(text.substr(kSocket.size())));
  return parse_url(text);
}

Result<SecretSource> parse_secret_source(std::string_view text) {
  for (const SourceRow& row : kSources) {
    if (!text.starts_with(row.prefix)) continue;
    const std::string_view name = text.substr(row.prefix.size());
    if (row.accepts(name)) return SecretSource{row.kind, std::string(name)};
  }
  return fail(ErrorCode::invalid_input, "\"file:/PATH\", \"credential:NAME\" or \"env:NAME\"");
}

Result<int64_t> parse_percent(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc() || text.starts_with('-') || value > 100 || stop + 1 != end || *stop != '%')
    return fail(ErrorCode::invalid_input, "a percentage such as \"66%\"");
  return value;
}

Result<std::string> parse_host(std::string_view text, const Catalog& catalog) {
  const size_t scheme = text.find("://");
  const size_t slash = text.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (text.empty() || (slash != std::string_view::npos && slash + 1 != text.size()))
    return fail(ErrorCode::invalid_input, in_quotes(text) + " is not a registry's host alone");
  if (catalog.registry_host != nullptr) return catalog.registry_host(text);
  std::string host(text);
  for (char& c : host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return host;
}

}  // namespace scoped::config
