// The one way from (who, verb, key) to an answer; used by the agent, by scoped-fetch and by `scopedctl
// explain`. No I/O in the middle: begin() answers at once or says which record to load and how long to wait,
// whoever called it loads, finish() answers. Single-threaded: the owner calls it from one thread.
#pragma once

#include "common/answer/copies.h"
#include "common/answer/form.h"
#include "common/answer/selection.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/config/config.h"
#include "common/store/record_store.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace scoped::answer {

inline constexpr std::string_view kStale = "stale";  // the verb that is no helper's: a copy is doubtful

struct Request {
  std::string verb;  // "get", "list", kStale; store and erase go through saved_logins.h
  std::string profile;
  std::string_view input;  // the client's stdin
  Caller caller;
  Form form = docker_form();
};

struct Answer {
  bool not_mine = false;  // the configuration does not know the registry: ask the next, or exact not-found
  int exit_code = 0;
  bool also_stderr = false;  // failure of a managed registry (SERVING 7.3)
  Secret text = {};          // what goes to stdout, newline included
};

// The record to load before this request can be answered.
struct Load {
  record::RecordName name;
  std::chrono::milliseconds wait{};  // answer from the copy when the store did not answer by then
  Asked asked;                       // renders what the load brings
};

// The present, for limits: the upper end of server time where it is known, else CLOCK_REALTIME.
struct Now {
  Instant real{};
  BootInstant boot{};
};

class Engine {
 public:
  // All three outlive the engine.
  Engine(const config::Config& configuration, const Permissions& permissions, Copies& copies);

  std::variant<Answer, Load> begin(const Request& request, const Now& now);
  // `loaded` null: the store did not answer within `wait`. A loaded record is put into the copies by
  // Copies::take before this is called.
  Answer finish(const Load& load, const store::LoadResult* loaded, const Now& now);

 private:
  std::variant<Answer, Load> get(const record::RecordName& name, Asked asked, const Now& now);
  Selection select_for(const Request& request, const protocol::Key& key) const;
  Answer list(const Request& request) const;
  Answer doubt(const record::RecordName& name);
  Answer credentials(const Load& load, const record::Record& record, const Now& now) const;
  Answer from_store(const Load& load, const record::Record& record, const Now& now) const;
  bool may_use_copy(const record::RecordName& name, const Copy& copy, const Now& now) const;
  Seconds hold_of(const record::RecordName& name) const;

  const config::Config& configuration_;
  const Permissions& permissions_;
  Copies& copies_;
};

}  // namespace scoped::answer
