// links: broker base
// A frame that is understood is written again byte by byte; whatever is sent is understood as what it was,
// and the header tells its size; a header never promises more than the bound.
#include "common/base/result.h"
#include "common/broker/frame.h"

#include <string_view>

using namespace scoped;

namespace {

// Frames are canonical: reading and writing are each other's reverse.
template <typename Message>
void check_round_trip(const Result<Message>& message, std::string_view rest) {
  if (!message) return;
  const Secret frame = encode(*message);
  CHECK_INVARIANT(frame.reveal().substr(broker::kHeader) == rest);
}

// The input's first two bytes say how long verb and profile are; what follows is theirs, then the request's.
void check_sending(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const size_t verb = static_cast<unsigned char>(bytes[0]), profile = static_cast<unsigned char>(bytes[1]);
  bytes.remove_prefix(2);
  broker::Request sent;
  sent.kind = verb % 2 == 0 ? broker::Kind::docker : broker::Kind::kubelet;
  sent.verb = bytes.substr(0, verb);
  bytes.remove_prefix(sent.verb.size());
  sent.profile = bytes.substr(0, profile);
  bytes.remove_prefix(sent.profile.size());
  sent.input = Secret(bytes);
  const Secret frame = encode(sent);
  const std::string_view text = frame.reveal();
  CHECK_INVARIANT(broker::parse_request_header(text.substr(0, broker::kHeader)) ==
                  text.size() - broker::kHeader);
  CHECK_INVARIANT(!broker::parse_reply_header(text.substr(0, broker::kHeader)));
  const auto heard = broker::parse_request(text.substr(broker::kHeader));
  CHECK_INVARIANT(heard && heard->kind == sent.kind && heard->verb == sent.verb &&
                  heard->profile == sent.profile && heard->input.equals(sent.input));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view header = bytes.substr(0, broker::kHeader);
  for (const auto& told : {broker::parse_request_header(header), broker::parse_reply_header(header)})
    if (told) CHECK_INVARIANT(*told <= broker::kLongestFrame);
  if (size > broker::kLongestFrame) return 0;
  check_sending(bytes.substr(0, broker::kLongestFrame / 2));
  check_round_trip(broker::parse_request(bytes), bytes);
  check_round_trip(broker::parse_reply(bytes), bytes);
  return 0;
}
