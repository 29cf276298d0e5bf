// Who carries out a token's rotation: the agent that runs for this configuration, or where none runs this
// process, under the agent's lock file so that no agent begins meanwhile. One thread.
#pragma once

#include "agent/ctl/run.h"
#include "agent/rotate/session.h"
#include "common/base/lock.h"
#include "common/json/value.h"

#include <optional>
#include <string>

namespace scoped::ctl {

// The places of the agent for objects of that level; nothing where no agent can be for this configuration.
Result<std::optional<loop::Places>> places_of(const Run& run, bool system);

class Rotator {
 public:
  // Asked before anything is changed. denied: run it with sudo; unavailable: an agent holds the lock and does
  // not answer. `run` outlives the result.
  static Result<Rotator> find(const Run& run, const record::RecordName& name);

  // These show progress, wait until it is done, and return the token's status (TOKEN of
  // common/doc/control-protocol.md). Interrupted, they stop where nothing is lost and say how far it got.
  Result<json::Value> make_ready();                    // until its current password works
  Result<json::Value> carry_out(rotate::Asked asked);  // until that is done
  Result<json::Value> look();          // the token's state, for a record that was made by hand
  Result<json::Value> status() const;  // as it was last seen, without a look

 private:
  Rotator(const Run& run, record::RecordName name) : run_(&run), name_(std::move(name)) {}
  Result<json::Value> ask(const char* what);

  const Run* run_;
  record::RecordName name_;
  std::string socket_;  // empty: this process
  std::optional<FileLock> lock_;
  json::Value seen_;
};

}  // namespace scoped::ctl
