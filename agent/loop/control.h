// What the control socket understands (common/doc/control-protocol.md): one JSON request in, one JSON answer
// out. Lives in the thread that runs the io_context.
#pragma once

#include "agent/loop/publishing.h"
#include "agent/loop/watch.h"
#include "common/base/clock.h"

#include <functional>
#include <set>
#include <string>

namespace scoped::loop {

class Control {
 public:
  Control(Watch& watch, const Publishing& publishing, std::set<std::string> duties, Instant started_at)
      : watch_(watch), publishing_(publishing), duties_(std::move(duties)), started_at_(started_at) {}

  // Answers now or later, exactly once.
  void handle(const std::string& request, const std::function<void(std::string)>& reply);

 private:
  std::string status(const std::optional<record::RecordName>& name) const;
  json::Array publishers(const std::optional<record::RecordName>& only) const;

  Watch& watch_;
  const Publishing& publishing_;
  std::set<std::string> duties_;
  Instant started_at_;
};

}  // namespace scoped::loop
