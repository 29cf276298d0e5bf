// Builds the real parts that a configuration names (transport, stores, identities, control planes, probes),
// each once and only when it is first asked for. Shared by the agent and by scopedctl when no agent runs.
// Thread-safe.
#pragma once

#include "agent/publish/publisher.h"
#include "agent/registry/control_plane.h"
#include "agent/rotate/session.h"
#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/random.h"
#include "common/config/load.h"
#include "common/config/setting.h"
#include "common/store/types.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace scoped::loop {

// The types that this program can build, for config::load_config.
config::Catalog catalog();

// Where an agent's sockets, lock and state are (SERVING section 8): with --config or $SCOPED_CONFIG beside
// $SCOPED_AGENT_SOCKET (not_found when that is not set: no agent can be for this file), of the system in
// /run/scoped and /var/lib/scoped, of a user in $XDG_RUNTIME_DIR/scoped and $XDG_STATE_HOME/scoped.
struct Places {
  std::string host_socket;
  std::string container_folder;  // holds a folder for each listener of type container
  std::string control_socket;
  std::string lock_file;  // held by the running agent; taken by in-process rotation
  std::string state_folder;
  std::string hooks_folder;  // deploy.d and fail.d are in it
};
Result<Places> agent_places(const Environment& environment, bool system, bool explicit_config);

class Parts {
 public:
  struct Use {
    const config::Config& config;
    const Environment& environment;
    const Clock& clock;
    Random& random;
    const std::atomic<bool>* stop;  // ends running transfers; may be null
    std::function<bool(std::chrono::milliseconds)> wait;
    std::function<bool()> repairs_stopped = {};  // rotate::World
    std::function<void()> alive = {};            // called before each request, by the thread that sends it
    // Of the agent for objects of the system's level or the user's; empty where no agent can be.
    std::function<std::string(bool system)> lock_file = {};
    decltype(rotate::World::held_by) held_by = {};
  };
  explicit Parts(Use use);
  ~Parts();

  // invalid_input: the configuration does not name it; otherwise why it cannot be made.
  Result<store::RecordStore*> store_of(const std::string& registry);
  Result<registry::ControlPlane*> control_of(const std::string& registry);
  Result<registry::LoginProbe*> probe_of(const std::string& registry);
  Result<net::Transport*> transport();
  // An identity by its name, for what is neither a control plane nor a store.
  Result<net::Authorizer*> identity(const std::string& name);
  // For a store that is opened elsewhere; it refers to this.
  store::Context store_context();
  // The caller's own; it refers to this. configuration: its settings contradict each other.
  Result<std::unique_ptr<publish::Publisher>> publisher_of(const config::Typed& settings);
  // With `may_rotate` false it only looks.
  Result<rotate::Session> session_of(const record::RecordName& name, bool may_rotate = true);

  // What a record calls this agent where the store has no compare-and-set (instance.h); empty otherwise.
  Result<std::string> rotator_name(const std::string& registry);
  // How long after a move of the rotator nothing may be claimed: until the bearers have ended that the one
  // before it may still be writing with, to the control plane or to the store.
  Result<Ticks> rotator_wait(const record::RecordName& name);

  // rotation settings with the identity's own fence_max and the store's read lag filled in
  Result<rotate::Policy> policy_of(const record::RecordName& name);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scoped::loop
