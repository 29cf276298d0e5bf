#include "common/base/endpoint.h"

#include <arpa/inet.h>

#include <charconv>
#include <string_view>

namespace scoped {
namespace {

constexpr int kMostPorts = 65'535;

int parse_port(std::string_view text) {  // -1: it is none
  int port = -1;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, port);
  return error == std::errc() && end == last && port <= kMostPorts ? port : -1;
}

bool is_address(int family, const std::string& text) {
  in6_addr address{};
  return inet_pton(family, text.c_str(), &address) == 1;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon != std::string::npos) {
    const int port = parse_port(std::string_view(text).substr(colon + 1));
    const std::string host = text.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const std::string address = in_brackets ? host.substr(1, host.size() - 2) : host;
    if (port >= 0 && is_address(in_brackets ? AF_INET6 : AF_INET, address)) return Endpoint{address, port};
  }
  return fail(ErrorCode::invalid_input,
              "'" + text + "' is not ADDRESS:PORT, as in 127.0.0.1:9095 or [::1]:9095");
}

}  // namespace scoped
