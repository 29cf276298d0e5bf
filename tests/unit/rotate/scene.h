// A token as the planner sees it, on the policy of seconds: generation 3 is in password1, made at second 0
// and good until second 64; password2 holds generation 2, lapsed at second 32. Times are seconds of that
// scene.
#pragma once

#include "agent/rotate/decide.h"
#include "common/record/record.h"

#include <memory>
#include <string>

namespace scoped::test {

inline const Instant kStart = parse_rfc3339("2026-03-01T12:00:00Z").value();
inline Instant second(double s) { return kStart + Ticks(static_cast<int64_t>(s * 10'000'000)); }

inline rotate::Policy seconds_policy() {
  rotate::Policy policy;
  policy.lifetime = Seconds(64);
  policy.rotate_at_percent = 50;
  policy.offline = Seconds(4);
  policy.hold = Seconds(4);
  policy.settle = Seconds(2);
  policy.logins = 2;
  policy.jitter = Seconds(2);
  policy.fence_min = Seconds(2);
  policy.fence_max = Seconds(8);
  policy.fence_margin = Seconds(2);
  policy.repair_budget = Seconds(4);
  policy.observe = Seconds(5);
  return policy;
}

inline record::Password password(const std::string& slot, double created, double expires) {
  record::Password made;
  made.username = "token";
  made.slot = slot;
  made.password = Secret("secret of " + slot);
  made.created_at = second(created);
  made.expires_at = second(expires);
  made.offline = Seconds(4);
  return made;
}

struct Scene {
  rotate::Policy policy = seconds_policy();
  record::Record record;
  record::Record before_restore;
  rotate::Observed observed;

  Scene() {
    record.registry = "myregistry.azurecr.io";
    record.token = "token";
    record.generation = 3;
    record.current = password("password1", 0, 64);
    record.previous = record::Previous{password("password2", -32, 32), second(12)};
    observed.record_view = rotate::RecordView::found;
    observed.record = &record;
    observed.name = record.name();
    observed.token_exists = observed.token_enabled = observed.token_settled = true;
    observed.slots_confirmed = true;
    observed.slots["password1"] = {second(0), second(64)};
    observed.slots["password2"] = {second(-32), second(32)};
    at(10);
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  Scene& at(double s) {
    observed.now = TimeInterval{second(s), second(s)};
    return *this;
  }
  // A claim on password2, made at second 33, whose fence is second 39.
  record::Pending& claim(rotate::Sent sent) {
    record::Pending pending;
    pending.txn = "txn";
    pending.owner = "owner";
    pending.slot = "password2";
    pending.observed = second(-32);
    pending.claimed_at = second(33);
    pending.fence = second(39);
    pending.asked_expiry = second(97.1234567);
    record.pending = std::move(pending);
    observed.sent = sent;
    return *record.pending;
  }
  // Another process's, while somebody has killed the current password.
  void die_under_a_claim() {
    claim(rotate::Sent::unknown);
    lose_current();
    logins("password1", 0).last_refused = observed.now->earliest;
  }
  // The same, generated at second 34.
  void staged() {
    claim(rotate::Sent::unknown);
    record.pending->phase = record::PendingPhase::generated;
    record.pending->generated = password("password2", 34, 97.1234567);
    observed.slots["password2"] = {second(34), second(97.1234567)};
  }
  // The previous password works until second 32, and a person wants it dead.
  void condemn_previous() {
    observed.asked = rotate::Asked::retire_now;
    observed.condemned.emplace("password2", second(-32));
  }
  // A claim to overwrite password2, made at second 8, whose fence is second 16.
  void retirement(rotate::Sent sent) {
    record::Pending& pending = claim(sent);
    pending.kind = record::PendingKind::retire;
    pending.claimed_at = second(8);
    pending.fence = second(16);
    pending.asked_expiry = second(18.1234567);
  }
  rotate::LoginEvidence& logins(const std::string& slot, double created) {
    return observed.logins[{slot, second(created)}];
  }
  // The same to remove it.
  void removal(rotate::Sent sent) {
    retirement(sent);
    record.pending->asked_expiry.reset();
  }
  // The store shows generation 3 again; generation 4, in password2, is still in its slot.
  void set_back() {
    before_restore = record.clone();
    before_restore.generation = 4;
    before_restore.previous = record::Previous{std::move(*before_restore.current), second(50)};
    before_restore.current = password("password2", 34, 97);
    observed.slots["password2"] = {second(34), second(97)};
    observed.before_restore = &before_restore;
    observed.restored_until = second(60);
  }
  void one_rotates() {
    observed.one_rotates = true;
    observed.instance = "build7.1";
  }
  void lose_current() { observed.slots["password1"] = {second(5), second(900)}; }

  rotate::Decision next() const { return rotate::next_step(observed, policy); }
};

}  // namespace scoped::test
