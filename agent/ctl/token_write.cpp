#include "agent/ctl/token_write.h"

#include "agent/ctl/claimed_write.h"

namespace scoped::ctl {

Result<> write_token(const Run& run, const Gathered& gathered, const registry::TokenChange& change) {
  const auto send = [&](const registry::Guard& guard) -> Result<> {
    TRY(gathered.control->update_token(gathered.name.token, change, guard));
    return {};
  };
  const bool only_shuts = change.enabled == false && !change.scope_map && !change.keep;
  if (only_shuts) return send({});
  return write_under_claim(TRY(claiming_of(run, gathered.name)), gathered, {send});
}

Result<> remove_token(const Run& run, const Gathered& gathered) {
  const auto send = [&gathered](const registry::Guard& guard) {
    return gathered.control->delete_token(gathered.name.token, guard);
  };
  TRY(write_under_claim(TRY(claiming_of(run, gathered.name)), gathered, {send}));
  if (!gathered.found) return {};
  TRY_WITH(gathered.store->erase(gathered.name),
           "the token is deleted, but its record could not be erased (run it again)");
  return {};
}

}  // namespace scoped::ctl
