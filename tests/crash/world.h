// One token with everything around it: the control plane with its requests under way, the data plane with its
// replicas, the store with its history, and the judge who knows every password and every promise made on it.
// The world knows no agent; processes (process.h) act on it. Single-threaded.
#pragma once

#include "agent/registry/control_plane.h"
#include "agent/rotate/policy.h"
#include "common/store/record_store.h"
#include "tests/crash/plan.h"

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scoped::crash {

// The numbers of one world.
struct WorldRow {
  std::string_view name;
  rotate::Policy policy;
  Ticks bearer_life{};
  Ticks latency{};      // of one call
  Ticks replica_lag{};  // not zero: a second login endpoint hears of a regenerated password that much later
  // Behind the name of the first endpoint there are more servers than the one that answers our logins; the
  // one that answers clients hears of a password that much later.
  Ticks front_lag{};
  bool asked = false;    // for a rotation, as soon as the other slot is free
  bool retires = false;  // it begins when the old password has just become free, long before the rotation
  // The store compares, and writes a moment later whatever has been written since.
  bool compares_too_early = false;
};
std::span<const WorldRow> worlds();

// What was wrong with a history, or is worth counting.
struct Verdict {
  std::string violation;  // empty: none
  int races = 0;          // losses that ROTATION section 6 names as remaining
  int late = 0;           // a password was current within `hold` of its expiry, after more than one fault
};

enum class Maker { agent, person };

struct Value {
  std::string slot;
  Instant created_at{};
  std::optional<Instant> expires_at;
  Maker maker = Maker::agent;
  std::optional<Instant> current_from, current_until;  // in the store
  bool killed = false;                                 // by a person, or by a redeployment
  std::vector<int> seen_by = {};                       // lives that read or wrote it as the current one
};

// Who sent a request, and when the record and the slots were as the sender had last seen them.
struct Sender {
  int life = 0;
  Instant loaded_at{}, looked_at{};
  bool in_need = false;  // when it was sent, the current password did not work, or not for long any more
};

class World {
 public:
  World(const WorldRow& row, const Plan& plan);

  const WorldRow row;
  Verdict verdict;
  int promotions = 0;
  int faults = 0;  // that have happened
  bool write_fault_happened = false, save_fault_happened = false;

  Instant now() const { return now_; }
  BootInstant boot() const { return BootInstant(now_ - start_) + std::chrono::hours(1); }
  // Moves the time; what is under way and due by then is applied.
  void advance_to(Instant at);
  void spend() { advance_to(now_ + row.latency); }
  // The next request under way.
  std::optional<Instant> next_arrival() const;

  // --- store
  store::LoadResult load();
  Result<store::Revision> save(const record::Record& record, const store::Revision& expected);
  // What save() would refuse; of a store that compares too early it is all that it refuses.
  Result<> compare(const store::Revision& expected) const;

  // --- control plane
  // `stale`: as it was before the last change of a slot, at shown_when_stale().
  registry::TokenState token(bool stale);
  Instant shown_when_stale() const { return changed_at_ - Ticks(1); }
  // `bearer_end`: of the bearer that the request carries.
  Result<registry::Generated> generate(const std::string& slot, Instant expiry, Instant bearer_end,
                                       const Sender& sender);
  // Removes the password of every slot but these.
  Result<> keep(const std::vector<std::string>& slots, Instant bearer_end, const Sender& sender);

  // --- data plane
  bool accepts(const std::string& host, std::string_view password) const;
  std::vector<std::string> endpoints() const;

  // --- what persons do
  void regenerate(const std::string& slot);
  void remove(const std::vector<std::string>& slots);
  void restore();
  void take(const std::string& instance);
  // Which life of which process acts from now on.
  void acts(int life) { acting_ = life; }
  // A login was refused whatever its password.
  void tell_wrong() { was_told_wrong_ = true; }

  // --- judge
  // Nothing under way, a password that works everywhere and is not late.
  bool is_quiet() const;
  // Called when the history ends.
  void judge_end();
  const record::Record& record() const { return *versions_.back().record; }
  std::optional<Instant> last_fault_at() const { return last_fault_; }
  void note_fault();

 private:
  bool is_near_store() const { return (acting_ / 1'000 + acting_ % 1'000) % 2 == 0; }

  struct Slot {
    int value = -1;  // index into values_
    int before = -1;
    Instant changed_at{};
  };
  struct Version {
    std::shared_ptr<const record::Record> record;
    Instant at{};
  };
  struct Write {
    Sender sender;
    std::string slot;
    std::optional<Instant> expiry;  // absent: the slot is emptied
  };
  struct UnderWay {
    Instant arrives{};
    Write write;
  };

  void blame(const std::string& what);
  // What happens to a request that leaves; nothing: it is applied at once and answered.
  std::optional<Error> send(Write write, Instant bearer_end);
  void apply(const Write& write);
  void empty(const std::string& slot, const Sender& sender);
  int put(const std::string& slot, std::optional<Instant> expiry, Maker maker, const Sender& sender);
  void judge_overwritten(int index, const Sender& sender);
  bool remains_a_race(int index, const Sender& sender) const;
  bool is_last_recorded(int index) const;
  void judge_staged(const record::Record& before, const record::Record& after);
  void see(const record::Record& record);
  void judge_current(const std::optional<record::Password>& before,
                     const std::optional<record::Password>& after, bool by_person);
  bool is_forgotten(const Value& value, const Sender& sender) const;
  bool is_near_expiry(int index) const;
  void judge_lateness(int index, Instant until);
  void judge_repair();
  void judge_repair_time();
  bool is_repaired_early() const;
  bool is_live(int index) const;
  bool accepted_by_endpoints(int index) const;
  bool accepted_everywhere(int index) const;  // by what clients meet, too
  Instant promised_until(const Value& value) const;
  int current_value() const;
  int find(const std::optional<record::Password>& password) const;
  int find(const record::Password& password) const;
  void append(const record::Record& record);

  const Plan& plan_;
  const Instant start_;
  Instant now_;
  std::vector<Value> values_;
  std::map<std::string, Slot> slots_, slots_before_;  // before the last change
  Instant changed_at_;
  int stale_looks_ = 0;
  bool was_told_wrong_ = false;
  bool was_disturbed_ = false;        // somebody changed the current slot or the store
  std::map<int, Instant> looked_at_;  // of each life, when the state was that it saw last
  std::vector<Version> versions_;
  std::vector<UnderWay> under_way_;
  int writes_ = 0, saves_ = 0;
  Instant last_created_{};
  std::optional<Instant> last_person_, restored_at_, last_fault_, dead_since_, swapped_back_at_;
  int swapped_back_ = -1;  // the value
  int acting_ = 0;
};

}  // namespace scoped::crash
