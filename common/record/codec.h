// Record <-> JSON, schema 1. The top level carries `username` and `password`, so that other tools that read
// the vault work unchanged. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/record/record.h"

#include <string_view>

namespace scoped::record {

inline constexpr int kSchema = 1;

Secret encode(const Record& record);
// corrupt: not JSON, a member missing, wrong or contradictory, a newer schema (the text says so). Never
// quotes a value.
Result<Record> parse_record(const Secret& text);

}  // namespace scoped::record
