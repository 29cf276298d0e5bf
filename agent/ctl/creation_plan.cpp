#include "agent/ctl/creation_plan.h"

namespace scoped::ctl {
namespace {

tl::unexpected<Error> somebodys(const record::RecordName& name, const TokenFacts& facts) {
  std::string slots;
  for (const registry::SlotState& slot : facts.live)
    slots += (slots.empty() ? "" : " and ") + describe_slot(slot);
  return fail(ErrorCode::conflict, "it has " + slots + " and no record: run '" + import_line(name) + "'");
}

}  // namespace

Result<Creation> plan_creation(const record::RecordName& name, const TokenFacts& facts,
                               const std::string& scope_map) {
  if (facts.token == nullptr) return Creation::create;
  if (facts.record != nullptr && facts.record->current)
    return fail(ErrorCode::conflict, "it exists and has its password: 'scopedctl status " + name.display() +
                                         "' shows it, 'scopedctl rotate " + name.display() +
                                         "' makes a new one");
  if (facts.token->scope_map != scope_map)
    return fail(ErrorCode::conflict,
                "it exists with scope map '" + facts.token->scope_map + "', not '" + scope_map + "'");
  if (facts.record != nullptr) {
    TRY(check_first_generate(*facts.record, facts.live));
    return Creation::resume;
  }
  if (!facts.live.empty()) return somebodys(name, facts);
  return Creation::adopt;
}

Result<Generation> plan_generation(const record::RecordName& name, const TokenFacts& facts) {
  if (facts.token == nullptr)
    return fail(ErrorCode::not_found, "the registry has no such token: run 'scopedctl token create'");
  if (facts.record == nullptr) {
    if (!facts.live.empty()) return somebodys(name, facts);
    return Generation::adopt;
  }
  if (facts.record->current) return Generation::rotate;
  TRY(check_first_generate(*facts.record, facts.live));
  return Generation::first;
}

}  // namespace scoped::ctl
