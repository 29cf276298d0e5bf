// Findings about whole tokens.
#include "agent/policy/lint.h"

#include <chrono>

namespace scoped::policy {
namespace {

int64_t days_between(Instant from, Instant to) {
  return std::chrono::duration_cast<std::chrono::hours>(to - from).count() / 24;
}

}  // namespace

// Only where the log reaches back that far: silence in a young log says nothing.
void find_unused_tokens(const Observed& o, const LintSettings& settings, Findings& findings) {
  if (!o.usage || o.now - o.usage->since < settings.unused_after) return;
  for (const registry::TokenState& token : o.tokens) {
    const auto used = o.usage->last_use.find(token.name);
    if (used != o.usage->last_use.end() && o.now - used->second < settings.unused_after) continue;
    bool is_young = false;
    for (const registry::SlotState& slot : token.slots)
      is_young = is_young || o.now - slot.created_at < settings.unused_after;
    if (used == o.usage->last_use.end() && is_young) continue;
    const std::string last =
        used == o.usage->last_use.end()
            ? "no login in the " + std::to_string(days_between(o.usage->since, o.now)) +
                  " days that the log reaches back"
            : "its last login was " + std::to_string(days_between(used->second, o.now)) + " days ago";
    findings.push_back({"", Level::warning, token_object(token.name), last,
                        "'scopedctl token update --registry " + o.written->host + " --name " + token.name +
                            " --status disabled', and delete it when nobody has called",
                        origin_of_token(o, token.name)});
  }
}

void find_unwritten_tokens(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::TokenState& token : o.tokens) {
    if (o.written->tokens.contains(token.name)) continue;
    findings.push_back(
        {"",
         Level::warning,
         token_object(token.name),
         "no file of the configuration names it: nothing rotates it, and nobody says whose it is",
         "'scopedctl import " + o.written->host + "' prints what to add",
         {}});
  }
}

}  // namespace scoped::policy
