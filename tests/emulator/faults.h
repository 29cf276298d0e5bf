// Faults on request: a table of kinds, a list of what is armed, and what the armed ones do to a request.
// Pure and not thread-safe: Site holds the lock.
#pragma once

#include "common/base/result.h"
#include "common/json/value.h"
#include "tests/emulator/http.h"

#include <stdint.h>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::emulator {

// What somebody else does to a token just before a request is applied, or just after.
struct Foreign {
  enum class Deed { regenerate, wipe, disable };
  Deed deed;
  std::string token;
  std::string slot;  // of `regenerate`
  bool after = false;
};

// The passwords that a request makes are known at a door only so much later; until then it knows those that
// they took the place of.
struct Replication {
  std::chrono::milliseconds delay{};
  std::optional<Door> door;  // absent: at all
};

// What a request meets. Everything absent: an ordinary request.
struct Effects {
  enum class Instead { nothing, status, garbage, no_answer };
  std::chrono::milliseconds delay_before{};  // before the request is applied
  std::chrono::milliseconds delay_after{};   // after it was applied, before the answer
  Instead instead = Instead::nothing;        // of the proper answer
  bool applied = false;                      // with `instead`: the request has its effect all the same
  int status = 0;
  std::optional<int64_t> retry_after;               // seconds, also between the polls of `polls`
  std::optional<int64_t> polls;                     // asynchronous answer: polls until the result is there
  bool cut_expiry = false;                          // an expiry is kept and echoed in whole seconds
  std::optional<int64_t> own_expiry;                // passwords live so many seconds, whatever was asked for
  std::optional<int64_t> page_size;                 // of lists
  std::optional<std::chrono::milliseconds> queued;  // `status` is the answer, the request is applied later
  std::optional<std::chrono::seconds> skew;         // of the answer's Date
  Answer::Ending ending = Answer::Ending::whole;    // of the answer's body
  std::chrono::milliseconds pause{};                // in the middle of it
  bool bearer_expired = false;
  bool insufficient_claims = false;
  std::optional<std::chrono::seconds> access_life;  // of the access token that a login gets
  std::optional<Replication> replication;
  std::vector<Foreign> foreign;
};

// A member of the request that arms a fault: a number from `least` to `most`, or one of `words` (with a blank
// between them), or with neither any text.
struct FaultMember {
  std::string_view name;
  bool required;
  int64_t least, most;
  std::string_view doc;
  std::string_view words = {};

  bool is_text() const { return least > most; }
};

struct FaultKind {
  std::string_view name;
  std::string_view doc;
  std::span<const FaultMember> members;
  void (*apply)(const json::Object& request, Effects& effects);
};

std::span<const FaultKind> fault_kinds();

struct ArmedFault {
  int64_t id;
  const FaultKind* kind;
  json::Object request;
  std::string match;
  std::optional<int64_t> left;  // how many times more; absent: until it is cleared
  int64_t hits = 0;
};

class FaultList {
 public:
  // {"fault": KIND, "match": TEXT, "times": N, ...}. invalid_input names the member that is wrong.
  Result<const ArmedFault*> arm(const json::Value& request);
  void clear() { armed_.clear(); }
  const std::vector<ArmedFault>& armed() const { return armed_; }

  // Every armed fault whose `match` is in `subject` ("arm POST /subscriptions/...?api-version=...") is hit.
  // Where several set the same thing, the one that was armed last decides.
  Effects hit(std::string_view subject);

 private:
  std::vector<ArmedFault> armed_;
  int64_t last_id_ = 0;
};

// What `acr-emulator --help` says about faults.
std::string describe_faults();
json::Value fault_list_json(const FaultList& list);

}  // namespace scoped::emulator
