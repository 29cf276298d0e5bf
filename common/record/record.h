// What the store holds about one token: the current password, the one before it, and the claim under way. A
// record is plain data; every change of it is one compare-and-set in the store. The questions below are pure:
// they take the time. Times are the registry's own (100 ns digits kept); `created_at` beside a slot's
// creationTime is the witness that the slot still holds our password.
#pragma once

#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/json/value.h"
#include "common/record/names.h"

#include <stdint.h>

#include <map>
#include <optional>
#include <string>

namespace scoped::record {

struct Password {
  std::string username;
  std::string slot;
  Secret password;
  Instant created_at{};
  std::optional<Instant> expires_at;  // absent: never (only an imported password)
  Seconds offline{0};                 // how long after it was read a copy may be handed out, never shortened

  Password clone() const;
};

struct Previous {
  Password password;
  // Written by the first who reads the promoted record back; until then the slot is not free.
  std::optional<Instant> free_at;
  json::Object unknown = {};  // members of later versions, kept through a rewrite
};

enum class PendingKind { generate, retire, patch };
enum class PendingPhase { claimed, generated };

// The one claim on the control plane for this token.
struct Pending {
  PendingKind kind = PendingKind::generate;
  std::string txn;    // random per claim
  std::string owner;  // random per process start
  std::string slot;
  PendingPhase phase = PendingPhase::claimed;
  std::optional<Instant>
      observed;     // the slot's creationTime when the claim was made; absent: the slot was empty
  Instant fence{};  // after it the control plane refuses the claim's bearer
  Instant claimed_at{};
  std::optional<Instant> asked_expiry;
  std::optional<Password> generated = {};  // present exactly in phase generated
  json::Object unknown = {};               // as in Previous
};

struct Busy {
  std::string slot;
  Instant until{};
};

// What an overwriting left in its slot: a password that nobody knows. No other password of the slot is meant.
struct Retired {
  std::string slot;
  Instant created_at{};
};

// The one instance that may rotate the token, where the store has no compare-and-set.
struct Rotator {
  std::string instance;
  std::optional<Instant> from = {};  // not before, so that what the one before it was writing is over
};

struct Record {
  std::string write_id;  // random, set by every save
  std::string registry;
  std::string token;
  std::optional<Password> current;  // absent until the first promotion: "not ready"
  std::string reserved_slot;        // while there is no current one: the slot that must not be generated
  std::optional<Instant> promoted_at;
  int64_t generation = 0;
  std::optional<Previous> previous;
  std::optional<Pending> pending;
  std::optional<Busy> busy;
  std::optional<Retired> retired;
  std::optional<std::string> external_slot;  // handed to an outsider: never generated without force
  std::optional<Rotator> rotator;
  std::map<std::string, int64_t> published;  // publisher id -> generation
  json::Object unknown;                      // members of later schemas, kept through a rewrite

  RecordName name() const { return {registry, token}; }
  Record clone() const;
};

// Where a record handed out comes from, for the two limits of a copy (ROTATION section 5).
enum class Freshness { asked_store, copy };

// Whether the current password may be printed at `at`. A password read fresh from the store is good until it
// expires; a copy until read_at + offline and never beyond expires_at - hold.
bool may_hand_out(const Record& record, Freshness freshness, Instant read_at, Seconds hold, Instant at);
// The instant after which a copy read at read_at may not be handed out without asking the store.
Instant copy_limit(const Record& record, Instant read_at, Seconds hold);
// The slot is not current, not busy, not external, and nobody can still hold its password. Whether it holds
// an orphan or a stranger's password is for the planner, which sees the registry.
bool is_free(const Record& record, const std::string& slot, Instant earliest_now);
// Whether an instance may claim, where only the one that the record names may.
enum class Rotates { yes, nobody_is_named, another_is_named, not_yet };
Rotates may_rotate(const Record& record, const std::string& instance, Instant earliest_now);
// The slot that the record says may be generated next.
std::string other_slot(const Record& record);

// The two slots of ACR, and the slot that is not this one.
inline constexpr const char* kPassword1 = "password1";
inline constexpr const char* kPassword2 = "password2";

}  // namespace scoped::record
