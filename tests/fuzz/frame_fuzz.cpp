// links: broker base
// A frame that is understood is written again byte by byte; a header never promises more than the bound.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view header = bytes.substr(0, broker::kHeader);
  for (const auto& told : {broker::parse_request_header(header), broker::parse_reply_header(header)})
    if (told) CHECK_INVARIANT(*told <= broker::kLongestFrame);
  if (size > broker::kLongestFrame) return 0;
  check_round_trip(broker::parse_request(bytes), bytes);
  check_round_trip(broker::parse_reply(bytes), bytes);
  return 0;
}
