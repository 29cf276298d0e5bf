// One agent on one token: the real Session in a fiber of its own, whose every call that leaves the agent is a
// point at which the plan may cut in. When the plan kills it, the stack is unwound and a new life begins with
// nothing but what the store and the registry hold. Single-threaded.
#pragma once

#include "agent/rotate/session.h"
#include "common/net/server_time.h"
#include "tests/crash/fiber.h"
#include "tests/crash/plan.h"
#include "tests/crash/world.h"

#include <functional>

namespace scoped::crash {

class Process final : private store::RecordStore,
                      private registry::ControlPlane,
                      private registry::LoginProbe,
                      private net::Authorizer,
                      private Clock,
                      private Random {
 public:
  // All outlive the process. `trace` may be empty; it is told each step.
  Process(World& world, const Plan& plan, int number, std::function<void(const std::string&)> trace);

  Instant wakes_at() const { return wakes_at_; }
  // Runs until it sleeps. REQUIRES: the world's time has come to wakes_at().
  void run() { fiber_.resume(); }
  // Unwinds the stack; the process is of no more use.
  void end();

  // Of each point that it passed, what it was.
  const std::vector<Call>& calls() const { return calls_; }
  int cuts_made() const { return cuts_made_; }
  // Whether the agent ever asked for the wall clock, which nobody may step behind its back then.
  bool asked_wall_clock() const { return asked_wall_clock_; }

 private:
  struct Died {
    Instant until{};  // of its next life
  };
  struct Over {};

  void body();
  [[noreturn]] void live();
  Instant live_and_die();
  void sleep_until(Instant at);
  void point(Call call);
  void cut(Cut cut);
  // Longer than any fence with its margin.
  Ticks very_long() const;
  void learn_time(BootInstant sent);

  // store
  store::LoadResult load(const record::RecordName& name) override;
  Result<store::Revision> save(const record::RecordName& name, const record::Record& record,
                               const store::Revision& expected) override;
  Result<std::vector<record::RecordName>> list() override { return std::vector<record::RecordName>(); }
  Result<> erase(const record::RecordName&) override { return {}; }
  store::Caps caps() const override {
    return {.cas = world_.row.compares_too_early ? store::CompareAndSet::none : store::CompareAndSet::native};
  }
  std::string display() const override { return "store"; }
  // control plane
  Result<std::vector<registry::TokenState>> list_tokens() override;
  Result<registry::TokenState> get_token(const std::string& name) override;
  Result<std::vector<registry::ScopeMapState>> list_scope_maps() override { return unused(); }
  Result<registry::ScopeMapState> get_scope_map(const std::string&) override { return unused(); }
  Result<registry::Generated> generate(const registry::GenerateRequest& request) override;
  Result<registry::TokenState> create_token(const std::string&, const std::string&) override {
    return unused();
  }
  Result<registry::ScopeMapState> create_scope_map(const std::string&, const std::string&,
                                                   const std::vector<std::string>&) override {
    return unused();
  }
  Result<registry::RegistryState> get_registry() override { return unused(); }
  Result<registry::TokenState> update_token(const std::string& name, const registry::TokenChange& change,
                                            const registry::Guard& guard) override;
  Result<registry::ScopeMapState> update_scope_map(const std::string&, const registry::ScopeMapChange&,
                                                   const registry::Guard&) override {
    return unused();
  }
  Result<> delete_token(const std::string&, const registry::Guard&) override { return unused(); }
  Result<> delete_scope_map(const std::string&, const registry::Guard&) override { return unused(); }
  net::Authorizer& identity() override { return *this; }
  const net::ServerTime& server_time() const override { return *time_; }
  // login
  Result<registry::Login> try_login(const std::string& host, const std::string& username,
                                    const Secret& password) override;
  // identity
  Result<> authorize(net::Request&) override { return {}; }
  void refused() override { bearer_until_.reset(); }
  Result<net::Pinned> pin(std::chrono::seconds least) override;
  // clock
  Instant now() const override;
  BootInstant boot_now() const override { return world_.boot(); }
  // random
  void fill(void* bytes, size_t size) override;

  static tl::unexpected<Error> unused() { return fail(ErrorCode::internal, "not part of the model"); }

  World& world_;
  const Plan& plan_;
  const int number_;
  const std::function<void(const std::string&)> trace_;
  uint64_t random_state_;
  int lives_ = 0;
  std::vector<Call> calls_;
  bool is_stale_ = false, is_refused_ = false;  // the call that begins
  Instant loaded_at_;
  std::optional<Instant> stale_look_;  // the last look showed an older state, of then
  int cuts_made_ = 0;
  mutable bool asked_wall_clock_ = false;
  bool over_ = false;
  bool asked_rotation_ = false;
  Instant wakes_at_;
  std::unique_ptr<net::ServerTime> time_;
  std::optional<Instant> bearer_until_;
  Fiber fiber_;
};

}  // namespace scoped::crash
