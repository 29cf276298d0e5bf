// Answers that are not there yet: what a poll of `operationStatuses` is told. Counted in polls, not in time,
// so that a test decides when it is done. Not kept over a restart. Not thread-safe: Site holds the lock.
#pragma once

#include "common/base/random.h"
#include "tests/emulator/http.h"

#include <stdint.h>

#include <map>
#include <optional>
#include <string>

namespace scoped::emulator {

struct Operation {
  enum class Kind { status, result };
  Kind kind = Kind::result;  // a poll says {"status": ...}, or 202 until it has `answer`
  int64_t polls_left = 0;
  std::optional<int64_t> retry_after;
  Answer answer;
  std::string state;  // "Creating"
  std::string token;  // whose provisioning ends with the operation; empty: none
};

class Operations {
 public:
  std::string add(std::string id, Operation operation) {
    all_.insert_or_assign(id, std::move(operation));
    return id;
  }
  Operation* find(const std::string& id) {
    const auto found = all_.find(id);
    return found == all_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::string, Operation> all_;
};

}  // namespace scoped::emulator
