#include "agent/ctl/import_plan.h"

#include <algorithm>

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

std::optional<std::string> slot_by_time(const std::optional<std::string>& asked,
                                        const std::vector<registry::SlotState>& live) {
  if ((asked != "oldest" && asked != "newest") || live.empty()) return asked;
  const auto by_time = [](const registry::SlotState& a, const registry::SlotState& b) {
    return a.created_at < b.created_at;
  };
  const auto [oldest, newest] = std::minmax_element(live.begin(), live.end(), by_time);
  return asked == "oldest" ? oldest->name : newest->name;
}

std::vector<std::string> steps_after_import(const record::RecordName& name, const registry::SlotState& used,
                                            const registry::SlotState* other) {
  const auto remove = [&name](const std::string& slot) {
    return "'scopedctl credential delete --registry " + name.registry + " --name " + name.token + " --" +
           slot + "'";
  };
  std::vector<std::string> steps;
  if (other != nullptr)
    steps.push_back(
        "whoever uses " + describe_slot(*other) +
        " gets the token's password from docker-credential-scoped from now on; when nobody uses it: " +
        remove(other->name));
  if (used.expires_at) return steps;
  steps.push_back((other != nullptr ? "then " : "") + ("'scopedctl rotate " + name.display()) +
                  "' makes the first password that expires; whoever has typed in " + used.name +
                  " by hand gets it from docker-credential-scoped, too");
  steps.push_back(used.name + " itself never expires: the rotation after that one replaces it, or " +
                  remove(used.name) + " once 'scopedctl status' shows it as free");
  return steps;
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
