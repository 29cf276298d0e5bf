// Setting a registry up, as steps: each says what it would do, does it, and can take back exactly that. One
// row a step, one file a row. Blocking; one thread.
#pragma once

#include "agent/ctl/run.h"
#include "common/json/value.h"
#include "common/record/names.h"

#include <span>
#include <string>
#include <string_view>

namespace scoped::ctl {

// Whose machine it is and what was asked for; refers to its run.
struct Situation {
  Run& run;
  record::RecordName name;
  bool system = false;

  const config::Registry* registry() const;  // null: not in the configuration
  // A command of this program, in this process, for the same configuration. Whatever it says it says itself.
  Result<> command(std::vector<std::string> arguments) const;
};

struct Step {
  std::string_view name;
  // One line on what is to be done; empty: it is so already. An error ends the set-up before anything is
  // changed.
  Result<std::string> (*plan)(const Situation&);
  // What --undo must know of it.
  Result<json::Object> (*act)(const Situation&);
  // One line on what was taken back.
  Result<std::string> (*undo)(const Situation&, const json::Object& note);
};

// In the order in which they are taken: an agent that runs reads the configuration before a token is
// imported. Back in the reverse one, the service last, so that it reads what is left.
std::span<const Step> steps();

namespace rows {
extern const Step configuration_step, store_step, token_step, client_step, service_step;
}

// The folder of the configuration of that level.
std::string configuration_folder(const Environment& environment, bool system);
// The configuration's file for one registry. The identity comes from the flags. Pure.
Result<json::Value> make_configuration(const record::RecordName& name, const Options& options,
                                       const std::string& resource_id);

}  // namespace scoped::ctl
