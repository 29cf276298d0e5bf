#include "agent/ctl/missing.h"

#include "common/config/nearest.h"

namespace scoped::ctl {
namespace {

constexpr size_t kMostNamed = 8;

// A list that cannot be had changes nothing about what is missing.
template <typename T>
Error with_nearest(const Error& missing, std::string_view name, const Result<std::vector<T>>& all) {
  if (!all) return missing;
  config::Names known;
  for (const T& each : *all) known.push_back(each.name);
  const auto near = config::nearest(name, known);
  return near ? Error(missing.code(), missing.line() + ": did you mean '" + std::string(*near) + "'?")
              : missing;
}

}  // namespace

Result<registry::TokenState> find_token(registry::ControlPlane& control, const std::string& name) {
  auto found = control.get_token(name);
  if (found || found.error().code() != ErrorCode::not_found) return found;
  return fail(with_nearest(found.error(), name, control.list_tokens()));
}

Result<registry::ScopeMapState> find_scope_map(registry::ControlPlane& control, const std::string& name) {
  auto found = control.get_scope_map(name);
  if (found || found.error().code() != ErrorCode::not_found) return found;
  return fail(with_nearest(found.error(), name, control.list_scope_maps()));
}

std::string name_list(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kMostNamed; ++i) text += (i == 0 ? "'" : ", '") + names[i] + "'";
  if (names.size() > kMostNamed) text += " and " + std::to_string(names.size() - kMostNamed) + " more";
  return text;
}

}  // namespace scoped::ctl
