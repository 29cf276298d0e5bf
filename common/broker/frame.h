// The few bytes that a helper and an agent exchange over a unix socket: one request, then answers until one
// is final. All numbers are little-endian and bounded before anything is allocated. Pure.
//
//   request  "SCQ1" | size u32 of the rest | kind u8 | size u8, verb | size u8, profile | input (the rest)
//   reply    "SCR1" | size u32 of the rest | said u8 | exit code u8 | flags u8 | text (the rest)
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <stdint.h>

#include <optional>
#include <string>
#include <string_view>

namespace scoped::broker {

inline constexpr size_t kHeader = 8;  // magic and size
inline constexpr uint32_t kLongestFrame = (1 << 20) + 4096;
inline constexpr size_t kLongestName = 255;  // of a verb and of a profile

enum class Kind : uint8_t { docker = 'd', kubelet = 'k' };

struct Request {
  Kind kind = Kind::docker;
  std::string verb;     // "get", "store", "erase", "list", or "stale": this key's copy is doubtful
  std::string profile;  // empty: none
  Secret input;         // the helper's stdin as it came
};

enum class Said : uint8_t {
  answer = 'A',    // final: print the text, exit with the code
  not_mine = 'N',  // final: this agent does not know the registry; ask the next one
  wait = 'W',      // still at it; another reply follows
};

struct Reply {
  Said said = Said::answer;
  int exit_code = 0;
  bool also_stderr = false;  // the failure of a managed registry: the line goes to stderr as well
  Secret text;
};

// REQUIRES: verb and profile of at most kLongestName bytes, a text that fits into kLongestFrame, an exit code
// of 0 to 255.
Secret encode(const Request& request);
Secret encode(const Reply& reply);

// The size of what follows the header; invalid_input: another magic, or beyond kLongestFrame.
Result<uint32_t> parse_request_header(std::string_view header);
Result<uint32_t> parse_reply_header(std::string_view header);
// `rest` has exactly the size that the header told. invalid_input: it contradicts itself.
Result<Request> parse_request(std::string_view rest);
Result<Reply> parse_reply(std::string_view rest);

}  // namespace scoped::broker
