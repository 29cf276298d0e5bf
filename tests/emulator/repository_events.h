// What the front door's log says of a request to Distribution, as an event of a repository. Pure but for what
// it looks up in the images.
#pragma once

#include "tests/emulator/events.h"
#include "tests/emulator/images.h"
#include "tests/emulator/keys.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::emulator {

// nginx's log_format, one JSON object a line. It carries the bearer, so it goes into a pipe and never into
// a file.
std::string_view event_log_format();

struct EventSource {
  const Signer& signer;
  const Images& images;
  const std::string& host;  // of the login server
};

// Nothing when the request is no event: a layer or a list that was served, a request without a bearer, what
// is missing where a push looks whether it is there.
std::optional<Event> read_event(std::string_view line, const EventSource& source, Instant now);

}  // namespace scoped::emulator
