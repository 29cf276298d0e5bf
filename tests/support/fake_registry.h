// A registry in memory with its control plane, its identity provider and its login endpoint, on a FakeClock:
// tokens with two slots, bearers that expire, passwords that lapse. Each knob is one failure and works once.
#pragma once

#include "agent/registry/control_plane.h"
#include "tests/support/fake_clock.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace scoped::test {

class FakeRegistry final : public registry::ControlPlane,
                           public registry::LoginProbe,
                           public net::Authorizer {
 public:
  enum class GenerateFault {
    none,
    refused,        // HTTP 403: nothing done
    throttled,      // HTTP 429 with Retry-After: 30
    not_connected,  // nothing was sent, the last look never happened
    lost_request,   // may have left, was not applied
    lost_answer,    // applied, and nobody knows the value
  };

  explicit FakeRegistry(FakeClock& clock) : clock_(clock) { tick(); }

  GenerateFault next_generate = GenerateFault::none;
  std::optional<Error> next_get;                  // what the next GET of a token fails with
  std::optional<registry::TokenState> stale_get;  // what it shows, from some time ago
  bool logins_answer = true;
  bool forget_next_login = false;  // a replica that has not heard: refuses once
  Seconds bearer_life{6};
  std::function<void()> before_last_look;  // what somebody else does in that moment

  bool write_is_lost = false;    // an update is applied and its answer lost
  std::optional<Error> refusal;  // what the next update is refused with
  int writes = 0;                // updates and deletions that arrived

  int generates = 0;  // requests that were applied
  int logins = 0;

  void add_token(const std::string& name) {
    registry::TokenState state;
    state.name = name;
    state.provisioning = "Succeeded";
    tokens_[name] = std::move(state);
  }
  registry::TokenState& token(const std::string& name) { return tokens_.at(name); }

  // Somebody else's regenerate or wipe.
  void regenerate(const std::string& name, const std::string& slot, std::optional<Instant> expiry) {
    put_slot(name, slot, expiry);
  }
  void wipe(const std::string& name) { tokens_.at(name).slots.clear(); }

  // --- control plane

  Result<std::vector<registry::TokenState>> list_tokens() override {
    tick();
    std::vector<registry::TokenState> all;
    for (const auto& [name, state] : tokens_) all.push_back(state);
    return all;
  }

  Result<registry::TokenState> get_token(const std::string& name) override {
    if (next_get) return fail(*std::exchange(next_get, std::nullopt));
    tick();
    if (stale_get) return *std::exchange(stale_get, std::nullopt);
    const auto found = tokens_.find(name);
    if (found == tokens_.end()) return fail(ErrorCode::not_found, "no such token");
    return found->second;
  }

  Result<registry::Generated> generate(const registry::GenerateRequest& request) override {
    const GenerateFault fault = std::exchange(next_generate, GenerateFault::none);
    if (fault == GenerateFault::not_connected) return fail(ErrorCode::unavailable, "could not connect");
    if (before_last_look) std::exchange(before_last_look, nullptr)();
    TRY(request.last_look());
    if (fault == GenerateFault::refused) return fail(ErrorCode::denied, "HTTP 403 Forbidden");
    if (fault == GenerateFault::throttled)
      return fail(Error(ErrorCode::unavailable, "HTTP 429").with_retry_after(Seconds(30)));
    if (fault == GenerateFault::lost_request) return fail(ErrorCode::ambiguous, "the answer was lost");
    if (clock_.now() >= request.pinned->expiry.latest) return fail(ErrorCode::login, "HTTP 401");
    const std::string value = put_slot(request.token, request.slot, request.expiry);
    ++generates;
    if (fault == GenerateFault::lost_answer) return fail(ErrorCode::ambiguous, "the answer was lost");
    const registry::SlotState& slot = *tokens_.at(request.token).slot(request.slot);
    return registry::Generated{request.token, request.slot, Secret(value), slot.created_at, slot.expires_at};
  }

  Result<std::vector<registry::ScopeMapState>> list_scope_maps() override { return no_scope_maps(); }
  Result<registry::ScopeMapState> get_scope_map(const std::string&) override { return no_scope_maps(); }
  Result<registry::TokenState> create_token(const std::string&, const std::string&) override {
    return fail(ErrorCode::internal, "not part of the fake");
  }
  Result<registry::ScopeMapState> create_scope_map(const std::string&, const std::string&,
                                                   const std::vector<std::string>&) override {
    return no_scope_maps();
  }
  Result<registry::RegistryState> get_registry() override {
    return fail(ErrorCode::internal, "not part of the fake");
  }
  Result<registry::TokenState> update_token(const std::string& name, const registry::TokenChange& change,
                                            const registry::Guard& guard) override {
    TRY(arrive(guard));
    registry::TokenState& state = tokens_.at(name);
    if (change.scope_map) state.scope_map = *change.scope_map;
    if (change.enabled) state.enabled = *change.enabled;
    if (change.keep)
      std::erase_if(state.slots, [&change](const registry::SlotState& slot) {
        return std::find(change.keep->begin(), change.keep->end(), slot.name) == change.keep->end();
      });
    if (write_is_lost) return fail(ErrorCode::ambiguous, "the answer was lost");
    return state;
  }
  Result<> delete_token(const std::string& name, const registry::Guard& guard) override {
    TRY(arrive(guard));
    tokens_.erase(name);
    return {};
  }
  Result<registry::ScopeMapState> update_scope_map(const std::string&, const registry::ScopeMapChange&,
                                                   const registry::Guard&) override {
    return no_scope_maps();
  }
  Result<> delete_scope_map(const std::string&, const registry::Guard&) override { return no_scope_maps(); }

  net::Authorizer& identity() override { return *this; }
  const net::ServerTime& server_time() const override { return time_; }

  // --- login endpoint

  Result<registry::Login> try_login(const std::string&, const std::string& username,
                                    const Secret& password) override {
    ++logins;
    if (!logins_answer) return fail(ErrorCode::unavailable, "the login endpoint does not answer");
    if (std::exchange(forget_next_login, false)) return registry::Login::refused;
    return works(username, std::string(password.reveal())) ? registry::Login::accepted
                                                           : registry::Login::refused;
  }
  bool works(const std::string& token, const std::string& password) const {
    const auto state = tokens_.find(token);
    if (state == tokens_.end() || !state->second.enabled) return false;
    for (const registry::SlotState& slot : state->second.slots) {
      const auto value = values_.find({token, slot.name});
      const bool live = !slot.expires_at || clock_.now() < *slot.expires_at;
      if (live && value != values_.end() && value->second == password) return true;
    }
    return false;
  }

  // --- identity

  Result<> authorize(net::Request&) override { return {}; }
  void refused() override {}
  Result<net::Pinned> pin(std::chrono::seconds least) override {
    if (!bearer_until_ || *bearer_until_ - clock_.now() < least) bearer_until_ = clock_.now() + bearer_life;
    return net::Pinned{Secret("bearer"), {*bearer_until_, *bearer_until_}};
  }

 private:
  static tl::unexpected<Error> no_scope_maps() { return fail(ErrorCode::internal, "not part of the fake"); }

  Result<> arrive(const registry::Guard& guard) {
    if (before_last_look) std::exchange(before_last_look, nullptr)();
    if (guard.last_look) TRY(guard.last_look());
    ++writes;
    if (refusal) return fail(*std::exchange(refusal, std::nullopt));
    return {};
  }

  // Two answers whose Dates lie just on both sides of a full second: the interval is one point, the truth.
  void tick() {
    time_.learn(clock_.now() - Seconds(1), clock_.boot_now(), clock_.boot_now());
    time_.learn(clock_.now(), clock_.boot_now(), clock_.boot_now());
  }

  std::string put_slot(const std::string& name, const std::string& slot, std::optional<Instant> expiry) {
    auto& slots = tokens_.at(name).slots;
    std::erase_if(slots, [&](const registry::SlotState& each) { return each.name == slot; });
    last_created_ = std::max(last_created_ + Ticks(1), clock_.now());
    slots.push_back({slot, last_created_, expiry});
    return values_[{name, slot}] = "password-" + std::to_string(++made_);
  }

  FakeClock& clock_;
  net::ServerTime time_;
  std::map<std::string, registry::TokenState> tokens_;
  std::map<std::pair<std::string, std::string>, std::string> values_;
  std::optional<Instant> bearer_until_;
  Instant last_created_{};
  int made_ = 0;
};

}  // namespace scoped::test
