#include "agent/ctl/import_plan.h"

namespace scoped::ctl {
namespace {

using Kind = ImportPlan::Kind;

ImportPlan generate(const std::string& slot) { return {Kind::generate, slot, the_other(slot)}; }

bool wants_password(const ImportAsked& asked) { return asked.password_given || asked.slot.has_value(); }

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::invalid_input, std::move(what)); }

Result<ImportPlan> none_used(const record::RecordName& name, const ImportAsked& asked) {
  if (wants_password(asked))
    return wrong("no slot holds a live password: run '" + import_line(name) + "' alone");
  return generate(record::kPassword1);
}

Result<ImportPlan> one_used(const registry::SlotState& used, const ImportAsked& asked) {
  if (!wants_password(asked)) return generate(the_other(used.name));
  if (asked.slot && *asked.slot != used.name)
    return wrong(*asked.slot + " holds no live password, only " + describe_slot(used) + " does");
  return ImportPlan{Kind::use_password, used.name, ""};
}

Result<ImportPlan> both_used(const std::vector<registry::SlotState>& live, const ImportAsked& asked) {
  if (asked.password_given && !asked.slot)
    return wrong("both slots are in use: say with '--slot' which one holds the password: " +
                 describe_slot(live[0]) + " or " + describe_slot(live[1]));
  if (asked.password_given || asked.can_ask)
    return ImportPlan{Kind::use_password, asked.slot.value_or(""), ""};
  return fail(ErrorCode::conflict, "both slots are in use: " + describe_slot(live[0]) + " and " +
                                       describe_slot(live[1]) +
                                       ": give one password with '--password-stdin --slot SLOT', or name the "
                                       "one that nobody uses with '--free-slot SLOT'");
}

}  // namespace

Result<ImportPlan> plan_import(const record::RecordName& name, const std::vector<registry::SlotState>& live,
                               const record::Record* record, const ImportAsked& asked) {
  if (record != nullptr && record->current)
    return fail(ErrorCode::conflict, "it is imported already, generation " +
                                         std::to_string(record->generation) + ": 'scopedctl status " +
                                         name.display() + "' shows it");
  const bool says_nothing = !wants_password(asked) && !asked.free_slot;
  if (record != nullptr && (record->pending || (says_nothing && check_first_generate(*record, live))))
    return ImportPlan{Kind::go_on, "", ""};
  if (asked.free_slot) return generate(*asked.free_slot);
  if (live.empty()) return none_used(name, asked);
  if (live.size() == 1) {
    if (asked.slot && !asked.password_given && !asked.can_ask)
      return wrong("'--slot' says where a password is: give it with '--password-stdin'");
    return one_used(live.front(), asked);
  }
  return both_used(live, asked);
}

std::string describe_plan(const Result<ImportPlan>& plan) {
  if (!plan) return plan.error().line();
  switch (plan->kind) {
    case Kind::go_on:
      return "goes on with an import begun earlier";
    case Kind::generate:
      return "generates " + plan->slot + ", leaves " + plan->reserved + " alone";
    case Kind::use_password:
      return "asks for one password, or for --free-slot";
  }
  return "";
}

}  // namespace scoped::ctl
