// What the registry and the record say about a token's two slots, as far as setting up needs it. Pure, but
// for load_record.
#pragma once

#include "agent/registry/control_plane.h"
#include "common/base/time.h"
#include "common/store/record_store.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

// The record, or nothing where its absence is proven; every other outcome is an Error.
Result<std::optional<store::Found>> load_record(store::RecordStore& store, const record::RecordName& name);

// The slots whose password may still log in; a lapsed one is nobody's loss. Without the registry's time all
// that hold one are live.
std::vector<registry::SlotState> live_slots(const registry::TokenState& token,
                                            const std::optional<TimeInterval>& now);
const registry::SlotState* find_slot(const std::vector<registry::SlotState>& slots, const std::string& name);
std::string the_other(const std::string& slot);  // password1 <-> password2

// Whether the first generate of a record without a password would hit a live password that nobody has given
// up. conflict: it says which slot, and the import to run.
Result<> check_first_generate(const record::Record& record, const std::vector<registry::SlotState>& live);

// "password1 (made 2026-01-02 03:04:05, until 2026-…)"
std::string describe_slot(const registry::SlotState& slot);
// "scopedctl import HOST TOKEN"
std::string import_line(const record::RecordName& name);

}  // namespace scoped::ctl
