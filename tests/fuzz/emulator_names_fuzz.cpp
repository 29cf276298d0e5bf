// links: emulator
// Names, actions and scopes of the emulator: what is accepted is put together again to the same text, and
// nothing is granted that was not wanted or that the scope map does not cover.
#include "tests/emulator/access.h"
#include "tests/emulator/names.h"
#include "tests/emulator/times.h"

#include <stdint.h>

#include <algorithm>

using namespace scoped;
using namespace scoped::emulator;

namespace {

void check_action(const std::string& text) {
  const auto action = parse_action(text);
  if (!action) return;
  const std::string kind = action->kind == Action::Kind::repository ? "repositories/" : "gateway/";
  CHECK_INVARIANT(kind + action->target + "/" + action->operation == text);
  CHECK_INVARIANT(std::count(text.begin(), text.end(), '*') <= 1);
}

void check_grant(const std::string& action, const std::string& scope) {
  const auto wanted = parse_scope(scope);
  if (!wanted) return;
  for (const Scope& part : grant({action}, {*wanted})) {
    CHECK_INVARIANT(part.type == wanted->type && part.name == wanted->name && part.actions.size() == 1);
    const auto& list = wanted->actions;
    const bool asked = std::find(list.begin(), list.end(), part.actions[0]) != list.end();
    CHECK_INVARIANT(asked || std::find(list.begin(), list.end(), "*") != list.end());
    const auto allowed = parse_action(action);
    CHECK_INVARIANT(allowed && (part.type == "registry" || covers(allowed->target, part.name)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_action(text);
  const size_t line = text.find('\n');
  if (line != std::string::npos) check_grant(text.substr(0, line), text.substr(line + 1));
  if (is_repository(text)) {
    CHECK_INVARIANT(covers("*", text) && covers(text, text) &&
                    parse_action("repositories/" + text + "/content/read"));
  }
  if (const auto at = parse_arm_time(text)) CHECK_INVARIANT(parse_arm_time(arm_time(*at)).value() == *at);
  return 0;
}
