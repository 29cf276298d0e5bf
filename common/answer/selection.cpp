#include "common/answer/selection.h"

#include <algorithm>

namespace scoped::answer {
namespace {

using config::Config;
using config::Registry;
using config::Token;

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(quoted(name));
  return text;
}

bool is_allowed(const Allowed& allowed, const Caller& caller) {
  return allowed.uids.contains(caller.uid) ||
         std::any_of(caller.gids.begin(), caller.gids.end(),
                     [&](gid_t gid) { return allowed.gids.contains(gid); });
}

// One question to one registry, whose rules are tried most specific first.
class Choice {
 public:
  Choice(const Registry& registry, const Permissions& permissions, const Caller& caller)
      : registry_(registry) {
    for (const auto& [name, token] : registry.tokens)
      if (may_use(permissions, caller, name)) usable_.push_back(name);
  }

  // Nothing when the profile has no say here.
  std::optional<Selection> by_profile(const Config& configuration, const std::string& profile,
                                      bool on_host) const;
  Selection by_repository(const std::string& repository) const;
  Selection by_host() const;

 private:
  bool may_use(const Permissions& permissions, const Caller& caller, const std::string& token) const {
    if (caller.trusted) return true;
    const auto found = permissions.find({registry_.host, token});
    if (found != permissions.end()) return is_allowed(found->second, caller);
    return token == registry_.default_token;
  }
  bool is_usable(const std::string& token) const {
    return std::find(usable_.begin(), usable_.end(), token) != usable_.end();
  }
  Selection selected(const std::string& token) const { return Selected{{registry_.host, token}}; }
  Selection refused(std::string why) const { return Refused{quoted(registry_.host) + ": " + std::move(why)}; }
  // How closely the token's patterns fit: nothing where none covers the repository.
  std::optional<size_t> fit_of(const std::string& token, const std::string& repository) const;
  std::vector<std::string> all_tokens() const;

  const Registry& registry_;
  std::vector<std::string> usable_;
};

std::vector<std::string> Choice::all_tokens() const {
  std::vector<std::string> names;
  for (const auto& [name, token] : registry_.tokens) names.push_back(name);
  return names;
}

// An exact pattern is longer than every wildcard that covers the same repository, since the star stands for
// at least one character.
std::optional<size_t> Choice::fit_of(const std::string& token, const std::string& repository) const {
  const Token& settings = registry_.tokens.at(token);
  std::optional<size_t> best;
  const auto consider = [&](const std::string& pattern) {
    if (!record::covers(pattern, repository)) return;
    const size_t length = pattern.size() - (pattern.ends_with('*') ? 1 : 0);
    best = std::max(best.value_or(0), length);
  };
  for (const std::string& pattern : settings.repositories) consider(pattern);
  const auto scope_map = registry_.scope_maps.find(settings.scope_map);
  if (settings.repositories.empty() && scope_map != registry_.scope_maps.end())
    for (const auto& [pattern, actions] : scope_map->second.repositories) consider(pattern);
  return best;
}

std::optional<Selection> Choice::by_profile(const Config& configuration, const std::string& profile,
                                            bool on_host) const {
  if (profile.empty()) return std::nullopt;
  const auto found = configuration.profiles.find(profile);
  std::string why = "there is no profile " + quoted(profile) + " in the configuration";
  if (found != configuration.profiles.end()) {
    const auto token = found->second.find(registry_.host);
    if (token == found->second.end()) return std::nullopt;
    if (is_usable(token->second)) return selected(token->second);
    why = "profile " + quoted(profile) + " names token " + quoted(token->second) +
          ", which you may not use: ask for its 'allow'";
  }
  return on_host ? refused(why) : NotFound{};
}

Selection Choice::by_repository(const std::string& repository) const {
  std::string winner;
  std::optional<size_t> best;
  bool tie = false;
  for (const std::string& token : usable_) {
    const auto fit = fit_of(token, repository);
    if (!fit || (best && *fit < *best)) continue;
    tie = best && *fit == *best;
    best = fit;
    winner = token;
  }
  if (tie) return NotFound{};
  if (best) return selected(winner);
  if (is_usable(registry_.default_token)) return selected(registry_.default_token);
  return NotFound{};
}

Selection Choice::by_host() const {
  if (is_usable(registry_.default_token)) return selected(registry_.default_token);
  if (usable_.size() == 1) return selected(usable_.front());
  if (usable_.empty())
    return refused("you may use none of its tokens (" + listed(all_tokens()) + "): ask for their 'allow'");
  return refused("more than one token fits (" + listed(usable_) +
                 "): choose one with a profile ($SCOPED_PROFILE) or set 'default_token'");
}

// Fills `into` with the numbers behind names; the first unknown name is the error.
template <typename Id>
Result<> resolve(const std::set<std::string>& names,
                 const std::function<std::optional<Id>(const std::string&)>& look_up, const std::string& what,
                 std::set<Id>& into) {
  for (const std::string& name : names) {
    const auto id = look_up(name);
    if (!id) return fail(ErrorCode::configuration, "'allow' names unknown " + what + " " + quoted(name));
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

Selection select(const Config& configuration, const Permissions& permissions, const Caller& caller,
                 const std::string& profile, const protocol::Key& key) {
  const auto found = configuration.registries.find(key.registry);
  if (found == configuration.registries.end()) return NotMine{};
  const bool on_host = key.repository.empty();
  const Choice choice(found->second, permissions, caller);
  if (auto selection = choice.by_profile(configuration, profile, on_host)) return std::move(*selection);
  return on_host ? choice.by_host() : choice.by_repository(key.repository);
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
