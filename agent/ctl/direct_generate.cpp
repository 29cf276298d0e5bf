#include "agent/ctl/direct_generate.h"

namespace scoped::ctl {

Result<registry::Generated> generate_directly(const Claiming& claiming, const Gathered& gathered,
                                              const DirectGenerate& wanted) {
  std::optional<registry::Generated> made;
  const auto send = [&](const registry::Guard& guard) -> Result<> {
    registry::GenerateRequest request;
    request.token = gathered.name.token;
    request.slot = wanted.slot;
    request.expiry = wanted.expiry;
    request.pinned = guard.pinned;
    request.last_look = guard.last_look;
    made = TRY(gathered.control->generate(request));
    return {};
  };
  ClaimedWrite write{send};
  if (wanted.settle) write.settle = [&](record::Record& record) { wanted.settle(record, *made); };
  TRY(write_under_claim(claiming, gathered, write));
  return std::move(*made);
}

void replace_current(record::Record& record, const registry::Generated& made, Ticks offline, Instant now) {
  record::Password password;
  password.username = made.username;
  password.slot = made.slot;
  password.password = made.password.clone();
  password.created_at = made.created_at;
  password.expires_at = made.expires_at;
  password.offline = std::chrono::floor<Seconds>(offline);
  if (record.current && record.current->slot != made.slot)
    record.previous = record::Previous{std::move(*record.current), std::nullopt};
  if (record.external_slot == made.slot) record.external_slot.reset();
  record.current = std::move(password);
  record.promoted_at = now;
  ++record.generation;
}

}  // namespace scoped::ctl
