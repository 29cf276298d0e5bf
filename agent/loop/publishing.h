// The agent's publishers: each runs after a promotion of its token, at the start, and at every look
// ('revalidate'), since somebody may have changed or deleted what it keeps; one that failed runs again after
// a back-off. Who has which generation is kept in the state folder. Lives in the thread that runs the
// io_context, but for `holding`, which any thread may call.
#pragma once

#include "agent/loop/log.h"
#include "agent/loop/parts.h"
#include "agent/loop/timers.h"
#include "agent/loop/workers.h"
#include "common/json/value.h"
#include "common/record/record.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace boost::asio {
class io_context;
}

namespace scoped::loop {

class Publishing {
 public:
  struct Use {
    boost::asio::io_context& io;
    Workers& workers;  // joined before this dies
    Parts& parts;
    const config::Config& configuration;
    Timers& timers;
    const Clock& clock;
    Random& random;
    const Log& log;
    std::string state_folder;
  };
  explicit Publishing(Use use);
  ~Publishing();

  void start();
  void stop();  // begins nothing new
  // Publishes this generation of the token; `then` is called when all have tried, or at once where none is
  // for it, or when that takes too long.
  void promoted(const record::RecordName& name, int64_t generation, std::function<void()> then);
  // The token was looked at, and this is its generation.
  void seen(const record::RecordName& name, int64_t generation);

  // Who of this configuration has not got the record's password yet, as the end of "kept until ...".
  std::optional<std::string> holding(const record::Record& record) const;
  // PUBLISHER of common/doc/control-protocol.md, each.
  json::Array status() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scoped::loop
