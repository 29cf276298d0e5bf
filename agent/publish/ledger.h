// Who was seen to have which password: one file in the agent's state folder, for `status` and for what a
// restarted agent must know before its first round. No secret is in it. Blocking; one thread.
#pragma once

#include "common/base/result.h"

#include <stdint.h>

#include <map>
#include <string>
#include <utility>

namespace scoped::publish {

// By publisher and consumer: the generation.
using Ledger = std::map<std::pair<std::string, std::string>, int64_t>;

// A missing file is empty; corrupt where it is damaged.
Result<Ledger> read_ledger(const std::string& state_folder);
Result<> write_ledger(const std::string& state_folder, const Ledger& ledger);

}  // namespace scoped::publish
