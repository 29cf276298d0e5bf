#include "agent/ctl/scope_map_write.h"

#include "agent/ctl/missing.h"
#include "agent/ctl/scope_map_view.h"
#include "agent/policy/grants.h"

namespace scoped::ctl {
namespace {

// What somebody else changed since the first look would be overwritten.
registry::Guard unless_changed(registry::ControlPlane& control, const registry::ScopeMapState& seen) {
  return {nullptr, [&control, &seen]() -> Result<> {
            const auto now = TRY(control.get_scope_map(seen.name));
            if (policy::are_same(now.actions, seen.actions) && now.description == seen.description) return {};
            return fail(ErrorCode::conflict, "somebody changed scope map '" + seen.name +
                                                 "' in this moment; nothing was sent: run it again");
          }};
}

// The last look leaves a moment; who wrote in it is seen afterwards.
Result<> check_outcome(registry::ControlPlane& control, const std::string& name,
                       const registry::ScopeMapChange& wanted) {
  const auto now = TRY_WITH(control.get_scope_map(name), "it was sent; read it back");
  const bool fits = (!wanted.actions || policy::are_same(now.actions, *wanted.actions)) &&
                    (!wanted.description || now.description == *wanted.description);
  if (fits) return {};
  return fail(ErrorCode::conflict, "somebody else changed scope map '" + name +
                                       "' at the same moment and it is now " + grants_line(now) +
                                       ": look whether that is right, and run it again if not");
}

}  // namespace

Result<registry::ScopeMapState> write_scope_map(registry::ControlPlane& control,
                                                const registry::ScopeMapState& seen,
                                                const registry::ScopeMapChange& change) {
  auto after = TRY(control.update_scope_map(seen.name, change, unless_changed(control, seen)));
  TRY(check_outcome(control, seen.name, change));
  return after;
}

Result<> must_be_unused(registry::ControlPlane& control, const std::string& name) {
  std::vector<std::string> users;
  for (const registry::TokenState& token : TRY(control.list_tokens()))
    if (token.scope_map == name) users.push_back(token.name);
  if (users.empty()) return {};
  return fail(ErrorCode::conflict,
              "scope map '" + name + "' is what " + name_list(users) +
                  (users.size() == 1 ? " uses" : " use") +
                  ": give them another one with 'scopedctl token update', or delete them");
}

Result<> remove_scope_map(registry::ControlPlane& control, const std::string& name) {
  return control.delete_scope_map(name,
                                  {nullptr, [&control, &name] { return must_be_unused(control, name); }});
}

}  // namespace scoped::ctl
