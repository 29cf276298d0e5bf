// What one process knows of a token beyond its record, gone when the process ends; nothing here is needed to
// go on after a crash. Plain data, one thread at a time.
#pragma once

#include "agent/registry/control_plane.h"
#include "agent/rotate/decide.h"
#include "agent/rotate/kept_record.h"
#include "common/record/record.h"
#include "common/store/record_store.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace scoped::rotate {

struct Memory {
  // The claim that this process made last.
  std::string txn;
  Sent sent = Sent::unknown;
  std::unique_ptr<net::Pinned> bearer;     // the one that its write carries (rule 3)
  std::unique_ptr<record::Password> held;  // generated and not yet in the record

  std::map<std::pair<std::string, Instant>, LoginEvidence> logins;
  // Of the GET before this one, with the record that was loaded before it.
  std::map<std::string, SlotView> slots_before;
  store::Revision revision_before;
  int64_t highest_generation = 0;
  bool was_anothers = false;  // the record last named another as the one that rotates
  std::optional<Instant> restored_until;
  std::optional<KeptRecord> newest;  // of the highest generation, for a store that is set back

  std::optional<BootInstant> first_look;

  int failures = 0;  // in a row, of steps; ends with a password in hand
  std::optional<Instant> not_before;
  std::string last_error;

  Asked asked = Asked::nothing;
  bool must_condemn = false;  // what is asked condemns passwords that the next record shows
  std::set<PasswordKey> condemned;
  int64_t rotations = 0;

  void forget_claim() {
    txn.clear();
    sent = Sent::unknown;
    bearer.reset();
    held.reset();
  }
};

}  // namespace scoped::rotate
