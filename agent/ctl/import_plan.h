// What `import` does with a token, decided from its two slots, its record and the flags, before anything is
// changed. It never guesses: neither which slot is free nor which one holds a password. Pure.
#pragma once

#include "agent/ctl/slots.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

struct ImportAsked {
  std::optional<std::string> slot = {};       // where the given password is
  std::optional<std::string> free_slot = {};  // the one that may be generated over
  bool password_given = false;                // on standard input
  bool can_ask = false;                       // there is a terminal
};

struct ImportPlan {
  enum class Kind {
    go_on,         // an import begun earlier: drive it to its end
    generate,      // a record without password, then the first generate
    use_password,  // a password that somebody has, proved by a login
  };
  Kind kind = Kind::generate;
  std::string slot;      // generate: the one generated; use_password: the one it is in, empty: to be asked
  std::string reserved;  // generate: the slot that is left alone
};

// conflict: it is imported already, or both slots are in use and nothing says which is free;
// invalid_input: the flags do not fit the slots.
Result<ImportPlan> plan_import(const record::RecordName& name, const std::vector<registry::SlotState>& live,
                               const record::Record* record, const ImportAsked& asked);

// 'oldest' and 'newest' as the slot's name; anything else as it is.
std::optional<std::string> slot_by_time(const std::optional<std::string>& asked,
                                        const std::vector<registry::SlotState>& live);

// What a person has to do until every password of the token expires and nobody's is left over; nothing where
// all is well. `used` was imported; `other` is somebody's, or null.
std::vector<std::string> steps_after_import(const record::RecordName& name, const registry::SlotState& used,
                                            const registry::SlotState* other);

// "generates password1; password2 is left alone": for the list of tokens.
std::string describe_plan(const Result<ImportPlan>& plan);

}  // namespace scoped::ctl
