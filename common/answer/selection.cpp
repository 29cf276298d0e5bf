#include "common/answer/selection.h"

#include "common/answer/rules.h"

namespace scoped::answer {
namespace {

using config::Config;
using config::Token;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// Fills `into` with the numbers behind names; the first unknown name is the error.
template <typename Id>
Result<> resolve(const std::set<std::string>& names,
                 const std::function<std::optional<Id>(const std::string&)>& look_up, const std::string& what,
                 std::set<Id>& into) {
  for (const std::string& name : names) {
    const auto id = look_up(name);
    if (!id)
      return fail(ErrorCode::configuration, "'allow' names unknown " + what + " " + quoted(name) +
                                                ": correct it, or add that " + what + " to this machine");
    into.insert(*id);
  }
  return {};
}

std::string place_of(const std::string& name, const Token& token) {
  return token.origin.file + ":" + std::to_string(token.origin.line) + ": token " + quoted(name);
}

}  // namespace

Result<Permissions> resolve_permissions(const Config& configuration, const Directory& directory) {
  Permissions permissions;
  for (const auto& [host, registry] : configuration.registries) {
    for (const auto& [name, token] : registry.tokens) {
      if (!token.allow_given) continue;
      Allowed allowed;
      TRY_WITH(resolve(token.allow_users, directory.uid_of, "user", allowed.uids), place_of(name, token));
      TRY_WITH(resolve(token.allow_groups, directory.gid_of, "group", allowed.gids), place_of(name, token));
      permissions.emplace(record::RecordName{host, name}, std::move(allowed));
    }
  }
  return permissions;
}

Result<Permissions> permissions_for(const Config& configuration, uid_t uid, const Directory& directory) {
  Permissions permissions = TRY(resolve_permissions(configuration, directory));
  for (const auto& [host, registry] : configuration.registries) {
    if (registry.origin.system) continue;
    for (const auto& [token, settings] : registry.tokens) permissions[{host, token}] = {{uid}, {}};
  }
  return permissions;
}

Selection select(const Config& configuration, const Permissions& permissions, const Caller& caller,
                 const std::string& profile, const protocol::Key& key) {
  return decide(Question(configuration, permissions, caller, profile, key)).selection;
}

std::map<std::string, record::RecordName> selectable(const Config& configuration,
                                                     const Permissions& permissions, const Caller& caller,
                                                     const std::string& profile) {
  std::map<std::string, record::RecordName> found;
  for (const auto& [host, registry] : configuration.registries) {
    const Selection selection = select(configuration, permissions, caller, profile, {host, ""});
    if (const auto* selected = std::get_if<Selected>(&selection)) found.emplace(host, selected->name);
  }
  return found;
}

}  // namespace scoped::answer
