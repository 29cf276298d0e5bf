#include "agent/ctl/confirm.h"

namespace scoped::ctl {

Result<> confirm(const Run& run, std::string_view what) {
  if (run.options.has("yes")) return {};
  if (!run.console().can_ask())
    return fail(ErrorCode::invalid_input, "nobody is there to be asked, so nothing is done: give '--yes'");
  const std::string answer = TRY(run.console().ask(std::string(what) + ". Go on? [y/N] "));
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(ErrorCode::cancelled, "nothing was done");
}

}  // namespace scoped::ctl
