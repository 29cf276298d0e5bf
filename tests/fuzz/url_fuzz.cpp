// links: net base
//
// An address that parses comes back from its parts; a displayed one is plain text and shows neither user info
// nor the value of a parameter that is not on the allow-list.
#include "common/net/http.h"

#include <stdint.h>
#include <stdlib.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

using namespace scoped;

namespace {

constexpr std::string_view kCanary = "c4N4ry";  // stands where a secret would

void require(bool condition) {
  if (!condition) abort();
}

bool shows_canary(const std::string& url) {
  const std::string shown = net::display_url(url);
  require(std::all_of(shown.begin(), shown.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
  return shown.find(kCanary) != std::string::npos;
}

void parts_make_the_same_address(std::string_view text) {
  const auto url = net::parse_url(text);
  if (!url) return;
  const auto again = net::parse_url(url->origin() + url->path_and_query);
  require(again && again->scheme == url->scheme && again->host == url->host && again->port == url->port &&
          again->path_and_query == url->path_and_query);
  require(net::display_url(text) != "[unreadable address]");
}

// The text before the canary is the fuzzer's: it may end in any parameter's name.
void unlisted_values_are_hidden(std::string_view text) {
  static const std::set<std::string_view> kListed = {"api-version", "name", "n", "last", "service", "scope"};
  if (text.find_first_of("&#") != std::string_view::npos || text.find(kCanary) != std::string_view::npos)
    return;
  if (kListed.contains(text.substr(0, text.find('=')))) return;
  require(!shows_canary(std::string("https://h/p?n=1&").append(text).append("=").append(kCanary)));
  require(!shows_canary(std::string("https://h/?").append(text).append(kCanary).append("&n=1")));
}

void user_info_is_hidden(std::string_view text) {
  if (text.find_first_of("/?#") != std::string_view::npos || text.find(kCanary) != std::string_view::npos)
    return;
  require(!shows_canary(std::string("https://").append(text).append(kCanary).append("@host/p")));
  require(!shows_canary(std::string("https://").append(kCanary).append(text).append("@host/p")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parts_make_the_same_address(text);
  unlisted_values_are_hidden(text);
  user_info_is_hidden(text);
  const std::string coded = net::percent_encode(text);
  require(net::percent_decode(coded).value() == text);
  if (const auto decoded = net::percent_decode(text)) require(decoded->size() <= text.size());
  return 0;
}
