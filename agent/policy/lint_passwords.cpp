// Findings about single passwords.
#include "agent/policy/lint.h"

#include <array>

namespace scoped::policy {
namespace {

// What one command that makes both passwords of a token needs at most.
constexpr Ticks kTogether = std::chrono::minutes(1);
// Beside the configured life: the rotation adds up to an hour, a person rounds up to the day.
constexpr Ticks kGrace = std::chrono::hours(25);

std::string day(Instant at) { return format_for_people(at).substr(0, 10); }

std::string import_of(const Observed& o, const std::string& token) {
  return "'scopedctl import " + o.written->host + " " + token + "'";
}

std::string delete_of(const Observed& o, const std::string& token, const std::string& slot) {
  return "'scopedctl credential delete --registry " + o.written->host + " --name " + token + " --" + slot +
         "'";
}

Ticks lifetime_of(const Observed& o, const std::string& token) {
  const auto found = o.written->tokens.find(token);
  return found == o.written->tokens.end() ? o.written->rotation.lifetime : found->second.rotation.lifetime;
}

bool is_known(const Observed& o, const std::string& token, const registry::SlotState& slot) {
  const auto record = o.records.find(token);
  return record != o.records.end() &&
         (record->second.known.contains(slot.created_at) || record->second.external_slot == slot.name);
}

Finding about(const Observed& o, const registry::TokenState& token, Level level, std::string message,
              std::string remedy) {
  return {"",
          level,
          token_object(token.name),
          std::move(message),
          std::move(remedy),
          origin_of_token(o, token.name)};
}

// Without a record: the second of two that were made together, as 'az acr token create' does.
const registry::SlotState* made_together(const registry::TokenState& token) {
  if (token.slots.size() != 2) return nullptr;
  const registry::SlotState &a = token.slots[0], &b = token.slots[1];
  const Ticks apart = a.created_at > b.created_at ? a.created_at - b.created_at : b.created_at - a.created_at;
  if (apart > kTogether) return nullptr;
  return a.name < b.name ? &b : &a;
}

}  // namespace

void find_never_expiring(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::TokenState& token : o.tokens)
    for (const registry::SlotState& slot : token.slots) {
      if (slot.expires_at) continue;
      const bool managed = o.records.contains(token.name);
      findings.push_back(about(o, token, Level::error, slot.name + " never expires",
                               managed ? "'scopedctl rotate " + o.written->host + "/" + token.name +
                                             "' replaces it, then " + delete_of(o, token.name, slot.name)
                                       : import_of(o, token.name) + " brings the token in, step by step"));
    }
}

void find_forgotten(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::TokenState& token : o.tokens) {
    if (o.records.contains(token.name)) {
      for (const registry::SlotState& slot : token.slots)
        if (is_live(slot, o.now) && !is_known(o, token.name, slot))
          findings.push_back(about(o, token, Level::warning,
                                   slot.name + " holds a password of " + day(slot.created_at) +
                                       " that is not in the record: somebody else made it",
                                   delete_of(o, token.name, slot.name) + " when nobody uses it"));
      continue;
    }
    const registry::SlotState* second = made_together(token);
    if (second == nullptr || !is_live(*second, o.now)) continue;
    findings.push_back(
        about(o, token, Level::warning,
              second->name + " was made together with the first password: likely nobody keeps it",
              delete_of(o, token.name, second->name)));
  }
}

void find_long_lived(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::TokenState& token : o.tokens)
    for (const registry::SlotState& slot : token.slots) {
      if (!slot.expires_at || !is_live(slot, o.now)) continue;
      const Ticks lifetime = lifetime_of(o, token.name);
      if (*slot.expires_at - slot.created_at <= lifetime + kGrace) continue;
      const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(lifetime);
      findings.push_back(
          about(o, token, Level::warning,
                slot.name + " lives from " + day(slot.created_at) + " to " + day(*slot.expires_at) +
                    ", and the configuration says " + format_duration(most),
                o.records.contains(token.name) ? "the next rotation shortens it, or 'scopedctl rotate' now"
                                               : import_of(o, token.name)));
    }
}

void find_ending_outsiders(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::TokenState& token : o.tokens) {
    const auto record = o.records.find(token.name);
    if (record == o.records.end() || record->second.external_slot.empty()) continue;
    const registry::SlotState* slot = token.slot(record->second.external_slot);
    if (slot == nullptr || !slot->expires_at) continue;
    const Ticks warn_before =
        std::min<Ticks>(std::chrono::hours(24 * 14), (*slot->expires_at - slot->created_at) / 3);
    if (*slot->expires_at - o.now > warn_before) continue;
    findings.push_back(about(o, token, Level::warning,
                             slot->name + " was handed to an outsider and " +
                                 (is_live(*slot, o.now) ? "ends on " : "ended on ") + day(*slot->expires_at),
                             "'scopedctl credential hand-over " + o.written->host + "/" + token.name +
                                 " --force' makes the next one"));
  }
}

}  // namespace scoped::policy
