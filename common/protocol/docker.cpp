#include "common/protocol/docker.h"

#include "common/protocol/quoted.h"
#include "common/protocol/store_reader.h"
#include "common/protocol/texts.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::protocol {
namespace {

struct VerbName {
  Verb verb;
  std::string_view name;
};
constexpr std::array<VerbName, 4> kVerbNames = {
    {{Verb::get, "get"}, {Verb::store, "store"}, {Verb::erase, "erase"}, {Verb::list, "list"}}};

constexpr std::string_view kBlanks = " \t\n\v\f\r";
constexpr std::string_view kHub = "docker.io";
constexpr std::array<std::string_view, 2> kHubAliases = {"index.docker.io", "registry-1.docker.io"};

tl::unexpected<Error> protocol_error(std::string_view text) {
  return fail(ErrorCode::invalid_input, std::string(text));
}

std::string_view trim(std::string_view text) {
  const size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

// As the reference reads: lines without their "\n" or "\r\n", one after the other. False: a line is too long.
bool join_lines(std::string_view input, std::string& joined) {
  joined.reserve(input.size());
  while (!input.empty()) {
    const size_t end = std::min(input.find('\n'), input.size());
    std::string_view line = input.substr(0, end);
    if (line.size() >= kLongestLine) return false;
    if (line.ends_with('\r')) line.remove_suffix(1);
    joined += line;
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return true;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }

std::string_view without_scheme(std::string_view url) {
  for (std::string_view scheme : {"https://", "http://"}) {
    const std::string_view start = url.substr(0, scheme.size());
    if (std::equal(start.begin(), start.end(), scheme.begin(), scheme.end(),
                   [](char a, char b) { return lower(a) == b; }))
      return url.substr(scheme.size());
  }
  return url;
}

bool is_host(std::string_view host) {
  constexpr size_t kLongest = 253;
  if (host.empty() || host.size() > kLongest || host.front() == '.' || host.front() == '-') return false;
  if (host.back() == '.' || host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return is_small_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  });
}

// 1 to 65535, without leading zeros, so that a port has one spelling.
bool is_port(std::string_view port) {
  constexpr unsigned kHighest = 65'535;
  unsigned number = 0;
  const char* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, number);
  return error == std::errc() && stop == end && !port.starts_with('0') && number <= kHighest;
}

// Lower case, without the ports that a scheme implies (443 and 80); empty when it is no host. The same as
// record::parse_registry_host, which this room may not include; a test holds them together.
std::string canonical_host(std::string_view text) {
  std::string host(text);
  std::transform(host.begin(), host.end(), host.begin(), lower);
  std::string port;
  if (const size_t colon = host.rfind(':'); colon != std::string::npos) {
    port = host.substr(colon + 1);
    host.resize(colon);
    if (!is_port(port)) return {};
  }
  if (!is_host(host)) return {};
  return port.empty() || port == "443" || port == "80" ? host : host + ":" + port;
}

bool is_repository(std::string_view name) {
  const bool known = std::all_of(name.begin(), name.end(), [](char c) {
    return is_small_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_' || c == '/';
  });
  return known && !name.starts_with('/') && !name.ends_with('/') && name.find("//") == std::string_view::npos;
}

bool is_login_of_hub(std::string_view path) {
  return path == "v1/access-token" || path == "v1/refresh-token";
}

}  // namespace

std::optional<Verb> parse_verb(std::string_view text) {
  for (const VerbName& row : kVerbNames)
    if (row.name == text) return row.verb;
  return std::nullopt;
}

std::string_view name_of(Verb verb) {
  return std::find_if(kVerbNames.begin(), kVerbNames.end(),
                      [&](const VerbName& row) { return row.verb == verb; })
      ->name;
}

Result<std::string> parse_key(std::string_view input) {
  std::string joined;
  if (!join_lines(input, joined)) return protocol_error(kLineTooLong);
  const std::string_view key = trim(joined);
  if (key.empty()) return protocol_error(kNoServerUrl);
  return std::string(key);
}

Result<StoreRequest> parse_store(const Secret& input) {
  std::string joined;
  const bool short_enough = join_lines(input.reveal(), joined);
  StoreMembers members;
  const bool understood = short_enough && read_store_members(joined, members);
  wipe(joined);
  if (!short_enough) return protocol_error(kLineTooLong);
  if (!understood) return protocol_error("not a JSON object with ServerURL, Username and Secret");
  std::string server_url = TRY(parse_key(members.server_url));  // as `get` will ask for it
  if (members.username.empty()) return protocol_error(kNoUsername);
  return StoreRequest{std::move(server_url), std::move(members.username), std::move(members.secret)};
}

Secret format_credentials(std::string_view server_url, std::string_view username, const Secret& secret) {
  static constexpr std::string_view kNames = R"({"ServerURL":,"Username":,"Secret":})";
  std::string text;
  text.reserve(kNames.size() + room_for_quoted(server_url) + room_for_quoted(username) +
               room_for_quoted(secret.reveal()) + 1);
  text += R"({"ServerURL":)";
  append_quoted(text, server_url);
  text += R"(,"Username":)";
  append_quoted(text, username);
  text += R"(,"Secret":)";
  append_quoted(text, secret.reveal());
  text += "}\n";
  return Secret::take(std::move(text));
}

std::string format_list(const std::map<std::string, std::string>& server_urls_to_usernames) {
  std::string text = "{";
  for (const auto& [server_url, username] : server_urls_to_usernames) {
    if (text.size() > 1) text += ',';
    append_quoted(text, server_url);
    text += ':';
    append_quoted(text, username);
  }
  return text + "}\n";
}

std::optional<Key> read_key(std::string_view server_url) {
  const std::string_view rest = without_scheme(server_url);
  const size_t slash = std::min(rest.find('/'), rest.size());
  std::string host = canonical_host(rest.substr(0, slash));
  if (host.empty()) return std::nullopt;
  if (std::find(kHubAliases.begin(), kHubAliases.end(), host) != kHubAliases.end()) host = kHub;

  std::string_view path = rest.substr(std::min(slash + 1, rest.size()));
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path == "v1" || path == "v2") path = {};
  if (!is_repository(path) || (host == kHub && is_login_of_hub(path))) return std::nullopt;
  return Key{std::move(host), std::string(path)};
}

}  // namespace scoped::protocol
