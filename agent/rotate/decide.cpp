#include "agent/rotate/decide.h"

#include "agent/rotate/rules.h"

#include <algorithm>

namespace scoped::rotate {

std::string_view name_of(Step step) {
  switch (step) {
    case Step::wait:
      return "wait";
    case Step::give_up:
      return "give_up";
    case Step::claim:
      return "claim";
    case Step::release:
      return "release";
    case Step::generate:
      return "generate";
    case Step::retire:
      return "retire";
    case Step::stage:
      return "stage";
    case Step::verify:
      return "verify";
    case Step::promote:
      return "promote";
    case Step::mark_free:
      return "mark_free";
    case Step::swap_back:
      return "swap_back";
    case Step::put_back:
      return "put_back";
    case Step::forget:
      return "forget";
  }
  return "wait";
}

bool changes_current(Step step) {
  return step == Step::promote || step == Step::swap_back || step == Step::put_back;
}

const LoginEvidence* Observed::evidence(const record::Password& password) const {
  const auto found = logins.find({password.slot, password.created_at});
  return found == logins.end() ? nullptr : &found->second;
}

Decision next_step(const Observed& observed, const Policy& policy) {
  for (const Gate& gate : gates())
    if (auto decision = gate.speak(observed)) return std::move(*decision);
  const Facts facts{observed, policy, *observed.record, *observed.now};
  for (const Rule& rule : rules())
    if (auto decision = rule.speak(facts)) return std::move(*decision);
  return {.step = Step::wait, .reason = "nothing is due"};
}

double jitter_fraction(std::string_view machine, const record::RecordName& name, int64_t generation) {
  uint64_t hash = 14'695'981'039'346'656'037U;  // FNV-1a: spread, not secrecy
  const auto mix = [&hash](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  };
  mix(machine);
  mix(name.display());
  mix(std::to_string(generation));
  hash ^= hash >> 32;  // the high bits of FNV move little for a change at the end
  hash *= 0x9E37'79B9'7F4A'7C15U;
  return static_cast<double>(hash >> 11) / static_cast<double>(uint64_t{1} << 53);
}

std::optional<Instant> due_at(const record::Record& record, const Policy& policy, double jitter_fraction) {
  if (!record.current) return std::nullopt;
  const record::Password& current = *record.current;
  if (!current.expires_at) return current.created_at;  // imported without an expiry: replaced at once
  const Ticks life = *current.expires_at - current.created_at;
  const Ticks jitter(static_cast<int64_t>(static_cast<double>(policy.jitter.count()) * jitter_fraction));
  const Instant point = current.created_at + life / 100 * policy.rotate_at_percent + jitter;
  return std::min(point, *current.expires_at - policy.last_start());
}

}  // namespace scoped::rotate
