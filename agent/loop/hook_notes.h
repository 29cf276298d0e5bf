// What the agent writes down for hooks (agent/publish/hooks.h), and whether one of them holds a slot. Lives
// in the thread that runs the io_context, but for `holding` and `write`, which any thread may call.
#pragma once

#include "agent/publish/hooks.h"
#include "agent/rotate/session.h"

#include <optional>
#include <set>
#include <string>

namespace scoped::loop {

class HookNotes {
 public:
  HookNotes(std::string hooks_folder, std::string state_folder, uid_t self);

  // Reads what is there; one line on what is wrong with it, and then it begins anew.
  std::optional<std::string> begin();
  // True: there is something new to write.
  bool see(const rotate::TokenStatus& status);
  const publish::HookEvents& events() const { return events_; }
  Result<> write(const publish::HookEvents& events) const;

  // The required hook that has not succeeded for this generation, or why that cannot be known. Reads the
  // ledger from the disk.
  std::optional<std::string> holding(const record::RecordName& token, int64_t generation) const;

 private:
  bool see_trouble(const rotate::TokenStatus& status);

  const std::string hooks_folder_, state_folder_;
  const uid_t self_;
  publish::HookEvents events_;
  std::set<record::RecordName> well_;  // without a problem since the last one
};

}  // namespace scoped::loop
