// What the metrics' server asks for. Its threads ask the thread that runs the io_context, which owns all of
// it, for one part after the other: a client of the broker never waits for a whole reading.
#pragma once

#include "agent/loop/watch.h"
#include "agent/metrics/exposition.h"
#include "agent/metrics/server.h"

#include <functional>
#include <optional>
#include <string>

namespace scoped::loop {

class Scrape {
 public:
  struct Use {
    boost::asio::io_context& io;
    const Watch& watch;
    std::string version;
    Instant started_at;
    std::function<std::optional<std::string>()> unwell;  // any thread
  };
  explicit Scrape(Use use) : use_(std::move(use)) {}

  // Any thread but the one that runs the io_context; this outlives what is returned.
  metrics::Server::Parts begin() const;
  std::optional<std::string> unwell() const;

 private:
  Use use_;
};

}  // namespace scoped::loop
