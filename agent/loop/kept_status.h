// What a token last showed, in as little memory as the metrics and the summary need of it: thousands of
// tokens rest, and a TokenStatus has room for much more. One thread at a time.
#pragma once

#include "agent/rotate/session.h"

#include <stdint.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scoped::loop {

class KeptStatus {
 public:
  KeptStatus() = default;
  explicit KeptStatus(const rotate::TokenStatus& status);
  // As it was, without what was asked for and its stages.
  rotate::TokenStatus whole(const record::RecordName& name) const;

  bool read() const { return read_; }
  bool lost() const { return lost_; }
  bool has_problem() const { return has_problem_; }
  int64_t generation() const { return generation_; }
  int64_t rotations() const { return rotations_; }
  const std::optional<Instant>& due_at() const { return due_at_; }

 private:
  struct Times {
    std::optional<Instant> created_at, expires_at, free_at;
  };

  bool read_ = false, ready_ = false, lost_ = false, has_problem_ = false;
  int64_t generation_ = 0, rotations_ = 0;
  std::optional<Instant> until_, due_at_;
  std::string words_;  // step, reason, problem, and of each slot its name and role; each ends with a NUL
  std::unique_ptr<Times[]> times_;  // of each slot
  size_t slots_ = 0;
};

}  // namespace scoped::loop
