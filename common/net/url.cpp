#include "common/net/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::net {
namespace {

constexpr size_t kLongest = 16 << 10;
constexpr std::string_view kUnreadable = "[unreadable address]";
constexpr std::string_view kRedacted = "[redacted]";
constexpr std::array<std::string_view, 6> kShownParameters = {"api-version", "name",    "n",
                                                              "last",        "service", "scope"};
constexpr std::array<std::string_view, 14> kShownHeaders = {"accept",
                                                            "api-supported-versions",
                                                            "content-length",
                                                            "content-type",
                                                            "date",
                                                            "docker-distribution-api-version",
                                                            "etag",
                                                            "host",
                                                            "retry-after",
                                                            "server",
                                                            "user-agent",
                                                            "www-authenticate",
                                                            "x-ms-request-id",
                                                            "x-ms-correlation-request-id"};
constexpr std::array<std::string_view, 2> kAddressHeaders = {"location", "azure-asyncoperation"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_visible(char c) { return c > 0x20 && c < 0x7f; }
bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

template <size_t kSize>
bool contains(const std::array<std::string_view, kSize>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

tl::unexpected<Error> bad(const char* why) { return fail(ErrorCode::invalid_input, why); }

Result<std::string> parse_host(std::string_view text) {
  if (text.empty()) return bad("the address names no host");
  if (text.front() == '[') {
    const std::string host = lower(text.substr(1, text.size() - 2));
    in6_addr ignored{};
    if (text.back() != ']' || inet_pton(AF_INET6, host.c_str(), &ignored) != 1 ||
        strlen(host.c_str()) != host.size())
      return bad("the address has an IPv6 host that cannot be read");
    return host;
  }
  for (char c : text)
    if (!is_alphanumeric(c) && !is_one_of(c, "-._"))
      return bad("the host of the address has a character that no host name has");
  return lower(text);
}

Result<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.size() > 5 || error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    return bad("the port of the address is no number from 1 to 65535");
  return port;
}

int default_port(std::string_view scheme) { return scheme == "http" ? 80 : 443; }

// The colon before the port; one inside an IPv6 host does not count.
size_t port_colon(std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

Result<> parse_authority(std::string_view authority, Url& url) {
  if (is_one_of('@', authority)) return bad("the address holds a user name, which is not allowed");
  const size_t colon = port_colon(authority);
  url.host = TRY(parse_host(authority.substr(0, colon)));
  url.port = default_port(url.scheme);
  if (colon != std::string_view::npos) url.port = TRY(parse_port(authority.substr(colon + 1)));
  return {};
}

// Removes user info and fragment, so that what is left can be parsed.
std::string without_user_and_fragment(std::string_view text) {
  text = text.substr(0, text.find('#'));
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::string(text);
  const size_t start = scheme_end + 3;
  const std::string_view authority = text.substr(start, text.find_first_of("/?", start) - start);
  const size_t at = authority.rfind('@');
  std::string result(text.substr(0, start));
  return result.append(text.substr(at == std::string_view::npos ? start : start + at + 1));
}

bool is_plain_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return is_alphanumeric(c) || is_one_of(c, "-._~:/,*+@%"); });
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || is_one_of(c, "-._$");
  });
}

std::string display_parameter(std::string_view parameter) {
  const size_t equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  if (equals == std::string_view::npos || !is_plain_name(name)) return std::string(kRedacted);
  const std::string_view value = parameter.substr(equals + 1);
  if (contains(kShownParameters, name) && is_plain_value(value)) return std::string(parameter);
  return std::string(name).append("=").append(kRedacted);
}

std::string display_query(std::string_view query) {
  std::string shown;
  for (size_t start = 0; start <= query.size();) {
    const size_t end = std::min(query.find('&', start), query.size());
    shown += shown.empty() ? '?' : '&';
    shown += display_parameter(query.substr(start, end - start));
    start = end + 1;
  }
  return shown;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return result;
}

}  // namespace

std::string Url::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string text = ipv6 ? "[" + host + "]" : host;
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const { return scheme + "://" + authority(); }

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kLongest) return bad("the address is too long");
  if (!std::all_of(text.begin(), text.end(), is_visible))
    return bad("the address has a blank, a control or a non-ASCII character");
  const size_t scheme_end = text.find("://");
  Url url;
  url.scheme = lower(text.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || (url.scheme != "https" && url.scheme != "http"))
    return bad("the address does not start with https:// or http://");
  const std::string_view rest = text.substr(scheme_end + 3);
  if (is_one_of('#', rest)) return bad("the address has a fragment (#), which no server sees");
  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  TRY(parse_authority(rest.substr(0, authority_end), url));
  url.path_and_query = rest.substr(authority_end);
  if (url.path_and_query.empty() || url.path_and_query.front() != '/') url.path_and_query.insert(0, 1, '/');
  return url;
}

bool is_loopback(const Url& url) {
  in_addr four{};
  if (inet_pton(AF_INET, url.host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, url.host.c_str(), &six) == 1) return IN6_IS_ADDR_LOOPBACK(&six);
  return url.host == "localhost";
}

bool is_this_network(const Url& url) {
  in_addr four{};
  const bool is_link_local =
      inet_pton(AF_INET, url.host.c_str(), &four) == 1 && ntohl(four.s_addr) >> 16 == (169U << 8 | 254U);
  return is_link_local || is_loopback(url);
}

std::string display_url(std::string_view text) {
  const auto url = parse_url(without_user_and_fragment(text));
  if (!url) return std::string(kUnreadable);
  const std::string_view rest = url->path_and_query;
  const size_t question = rest.find('?');
  std::string shown = url->origin();
  shown += rest.substr(0, question);
  if (question != std::string_view::npos) shown += display_query(rest.substr(question + 1));
  return shown;
}

std::string display_header(const Header& header) {
  const std::string name = lower(header.first);
  std::string shown = printable(header.first) + ": ";
  if (contains(kShownHeaders, name)) return shown + printable(header.second);
  if (contains(kAddressHeaders, name)) return shown + display_url(header.second);
  return shown.append(kRedacted);
}

bool is_header_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
  });
}

bool is_header_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

std::string percent_encode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size() * 3);  // never moved: the text may be a secret
  for (char c : text) {
    if (is_alphanumeric(c) || is_one_of(c, "-._~")) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kDigits[byte >> 4];
    result += kDigits[byte & 15];
  }
  return result;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return bad("a '%' is not followed by two hexadecimal digits");
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

}  // namespace scoped::net
