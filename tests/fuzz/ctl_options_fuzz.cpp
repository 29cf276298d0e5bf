// A command line, one word a line: it is accepted or refused, never both; what was accepted are options of
// its command with as many values as they take. Grants survive the way to the registry's actions and back.
// links: ctl
#include "agent/ctl/commands.h"
#include "agent/ctl/options.h"
#include "agent/policy/grants.h"

#include <stdint.h>

#include <algorithm>

using namespace scoped;
using namespace scoped::ctl;

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

void check_options(const Command& command, const Options& options) {
  if (options.has("help")) return;
  for (const Flag& flag : flags_of(command)) {
    const auto& groups = options.groups(flag.name);
    CHECK_INVARIANT(!flag.required || !groups.empty());
    CHECK_INVARIANT(flag.repeated || groups.size() <= 1);
    for (const auto& group : groups) CHECK_INVARIANT(group.empty() == flag.value.empty());
  }
  CHECK_INVARIANT(options.positionals().size() <= command.positionals.size());
}

void check_grants(const Options& options) {
  const auto grants = policy::parse_grants(options.groups("repository"));
  if (grants) CHECK_INVARIANT(policy::grants_of(policy::actions_of(*grants)) == *grants);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto chosen = choose_command(lines_of(text));
  if (!chosen) {
    CHECK_INVARIANT(!chosen.error().line().empty());
    return 0;
  }
  const auto options = parse_options(*chosen->command, chosen->arguments);
  if (!options) {
    CHECK_INVARIANT(!options.error().line().empty());
    return 0;
  }
  check_options(*chosen->command, *options);
  check_grants(*options);
  return 0;
}
