// Answers without an agent: from the configuration of both levels and the stores that it names, through the
// same engine as the agent's. A store is opened when a request needs it, and no other. Records of stores that
// are not on this machine are copied to disk (flight.h); copies.seal_local does the same for those that are,
// for a folder on a network file system, and shows the whole way with no other store than sealed_file.
// Blocking.
#pragma once

#include "common/answer/docker_keyring.h"
#include "common/answer/engine.h"
#include "common/answer/sealed_copies.h"
#include "common/base/clock.h"
#include "common/base/debug.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/store/secret_service.h"
#include "common/store/types.h"
#include "helper/fetch/agents.h"
#include "helper/fetch/bounded_load.h"
#include "helper/fetch/flight.h"
#include "helper/fetch/network.h"

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
    std::chrono::steady_clock::time_point deadline{};  // of the whole request
    Say say = {};                                      // for whoever debugs; empty: nobody listens
    // For tests. What a load refers to must live until the process has ended (load_within).
    std::function<Result<std::unique_ptr<store::RecordStore>>(const config::Typed&, const store::Context&)>
        open = &store::open_store;
    std::function<Result<std::unique_ptr<store::Keyring>>(const config::Typed&)> open_keyring =
        &store::open_keyring;
    std::function<std::optional<store::LoadResult>(LoadWork, std::chrono::milliseconds)> within =
        &load_within;
    std::function<std::string()> boot_id = &read_boot_id;
  };
  // configuration: "configuration: FILE:LINE: text (and 2 more): run 'scopedctl status'".
  static Result<std::unique_ptr<Local>> make(Use use);

  // `input` as the client of that form sent it.
  answer::Answer get(const answer::Form& form, const std::string& profile, std::string_view input);
  // Registry host -> user name, for those that get() would answer now; a store that is not on this machine is
  // not asked. Levels whose agent has listed its own registries are left out.
  std::map<std::string, std::string> list(const std::string& profile);
  // Tells the listener which rule chooses which token for a key.
  void say_choice(const answer::Form& form, const std::string& profile, std::string_view input) const;
  // A client forgets what it was given for this key: its sealed copy, if there is one, is doubtful.
  void doubt(const std::string& profile, std::string_view input);

  // What Docker's own helper keeps in the keyring that is the store of this user. Nothing: there is no such
  // store, or it cannot be opened.
  std::optional<answer::DockerKeyring> docker_keyring() const;

 private:
  Local(Use use, config::Config configuration, answer::Permissions permissions, answer::Caller caller);
  answer::Answer load_directly(const answer::Load& load);
  answer::Answer load_by_flight(const answer::Request& request, const answer::Load& load);
  Flight make_flight(const config::Registry& registry);
  config::Typed store_settings(const config::Registry& registry) const;
  bool is_sealed(const config::Registry& registry) const;
  Result<store::RecordStore*> store_of(const config::Registry& registry);
  std::optional<std::string> listed_username(const record::RecordName& name, const std::string& profile);
  answer::Answer cannot_open(const config::Registry& registry, const Error& why) const;

  Use use_;
  const config::Config configuration_;
  const answer::Permissions permissions_;
  const answer::Caller caller_;
  answer::Copies copies_;
  answer::Engine engine_;
  answer::SealedCopies sealed_;
  const std::shared_ptr<Network> network_;  // shared with loads that were left behind
  std::optional<Error> unopened_;           // why the last store could not be opened
  std::map<std::string, std::unique_ptr<store::RecordStore>> stores_;
};

}  // namespace scoped::fetch
