// Answers without an agent: from the configuration of both levels and the stores that it names, through the
// same engine as the agent's. A store is opened when a request needs it, and no other. Blocking.
#pragma once

#include "common/answer/engine.h"
#include "common/base/clock.h"
#include "common/base/debug.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/store/types.h"
#include "helper/fetch/agents.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::fetch {

// What to say where only the system's agent can read the record. `group` may be empty: not known.
std::string needs_agent(const std::string& host, std::optional<broker::Heard> heard,
                        const std::string& group);

class Local {
 public:
  struct Use {
    const Environment& environment;
    const Clock& clock;
    Random& random;
    const Agents& agents;  // for what to say when only an agent could have answered
    Say say = {};          // for whoever debugs; empty: nobody listens
  };
  // configuration: "configuration: FILE:LINE: text (and 2 more): run 'scopedctl status'".
  static Result<std::unique_ptr<Local>> make(Use use);

  // `input` as the client of that form sent it.
  answer::Answer get(const answer::Form& form, const std::string& profile, std::string_view input);
  // Registry host -> user name, for those that get() would answer now. Levels whose agent has listed its own
  // registries are left out.
  std::map<std::string, std::string> list(const std::string& profile);
  // Tells the listener which rule chooses which token for a key.
  void say_choice(const answer::Form& form, const std::string& profile, std::string_view input) const;

 private:
  Local(Use use, config::Config configuration, answer::Permissions permissions, answer::Caller caller);
  answer::Answer load(const answer::Load& load);
  Result<store::RecordStore*> store_of(const config::Registry& registry);
  answer::Answer cannot_open(const config::Registry& registry, const Error& why) const;

  Use use_;
  const config::Config configuration_;
  const answer::Permissions permissions_;
  const answer::Caller caller_;
  answer::Copies copies_;
  answer::Engine engine_;
  std::map<std::string, std::unique_ptr<store::RecordStore>> stores_;
};

}  // namespace scoped::fetch
