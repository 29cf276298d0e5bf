#include "agent/serve/quick.h"

#include <sys/socket.h>

#include <array>
#include <string_view>

namespace scoped::serve {
namespace {

constexpr size_t kLongestRequest = 2'048;

}  // namespace

std::optional<broker::Request> peek_request(int client) {
  std::array<char, kLongestRequest> bytes;
  const ssize_t got = recv(client, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < static_cast<ssize_t>(broker::kHeader)) return std::nullopt;
  const std::string_view text(bytes.data(), static_cast<size_t>(got));
  const auto size = broker::parse_request_header(text.substr(0, broker::kHeader));
  if (!size || text.size() != broker::kHeader + *size) return std::nullopt;
  auto request = broker::parse_request(text.substr(broker::kHeader));
  wipe(bytes.data(), text.size());
  if (!request) return std::nullopt;
  return std::move(*request);
}

bool send_reply(int client, const Secret& frame) {
  std::array<char, kLongestRequest> bytes;
  if (recv(client, bytes.data(), bytes.size(), MSG_DONTWAIT) <= 0) return false;
  wipe(bytes.data(), bytes.size());
  const std::string_view text = frame.reveal();
  return send(client, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(text.size());
}

}  // namespace scoped::serve
