// A status document (common/doc/control-protocol.md), from the agent or made here, as people read it. Pure;
// members that are missing or of another type are left empty.
#pragma once

#include "common/base/time.h"
#include "common/json/value.h"

#include <optional>
#include <string>
#include <vector>

namespace scoped::ctl {

// Two lines for each token, one a slot; then who made the document, and every problem.
std::string status_table(const json::Value& document, Instant now);

// "HOST/TOKEN": of one TOKEN document.
std::string name_in(const json::Value& token);
// "generation 3, password2 until 2026-11-24 09:04:31 (in 41d)", or why there is none.
std::string outcome_of(const json::Value& token, Instant now);
// "verify: the staged password must log in 2 times"
std::string step_of(const json::Value& token);

// A slot of one TOKEN document.
struct SlotLine {
  std::string slot, role;
  std::optional<Instant> free_at;
};
std::vector<SlotLine> slots_in(const json::Value& token);

bool is_ready(const json::Value& token);
std::string problem_of(const json::Value& token);
// Whether a person should look at some token: one has a problem, or could not be read.
bool has_findings(const json::Value& document);

}  // namespace scoped::ctl
