// What is there of a token before a command changes anything: registry, store, and the time by the registry's
// clock. Blocks.
#pragma once

#include "agent/ctl/creation_plan.h"
#include "agent/ctl/run.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

struct Gathered {
  record::RecordName name;
  store::RecordStore* store = nullptr;
  registry::ControlPlane* control = nullptr;
  std::optional<registry::TokenState> token;  // nothing: the registry has none
  std::optional<store::Found> found;          // nothing: proven absent
  std::vector<registry::SlotState> live;
  std::string instance = {};  // Parts::rotator_name

  TokenFacts facts() const { return {token ? &*token : nullptr, live, found ? &found->record : nullptr}; }
};

Result<Gathered> gather(const Run& run, const record::RecordName& name);

// Saves the first record of a token, in place of what was gathered. Where one instance alone may rotate, this
// one is named in it.
Result<> save_first(const Gathered& gathered, record::Record record);

// Saves the record of a token without a recorded password, in place of what was gathered.
Result<> save_not_ready(const Gathered& gathered, const std::string& reserved_slot);

}  // namespace scoped::ctl
