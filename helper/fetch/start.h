// What scoped-fetch was started for: a handover of the front, or, under the helper's own name (images without
// an agent), the client's own command line, with the rules of the reference implementation. Pure.
#pragma once

#include "common/broker/handover.h"

#include <string>
#include <string_view>
#include <vector>

namespace scoped::fetch {

struct Start {
  // Set: print it and exit with the code; nothing else is to be done.
  std::string text;
  int exit_code = 0;

  broker::Handover handover;
  bool needs_input = false;  // stdin is to be read to its end
};

// `arguments` with argv[0] first.
Start read_start(const std::vector<std::string_view>& arguments);

}  // namespace scoped::fetch
