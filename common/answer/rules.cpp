#include "common/answer/rules.h"

#include <algorithm>
#include <array>

namespace scoped::answer {
namespace {

using config::Registry;
using config::Token;

constexpr size_t kMostNamed = 8;  // in a line that names candidates

std::string quoted(const std::string& text) { return "'" + text + "'"; }

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kMostNamed); ++i)
    text.append(text.empty() ? "" : ", ").append(quoted(names[i]));
  if (names.size() > kMostNamed) text += " and " + std::to_string(names.size() - kMostNamed) + " more";
  return text;
}

bool is_allowed(const Allowed& allowed, const Caller& caller) {
  return allowed.uids.contains(caller.uid) ||
         std::any_of(caller.gids.begin(), caller.gids.end(),
                     [&](gid_t gid) { return allowed.gids.contains(gid); });
}

Selection selected(const Question& question, const std::string& token) {
  return Selected{{question.registry()->host, token}};
}

// On a repository key the client goes on to its host key, which is told why.
Selection refused(const Question& question, const std::string& why) {
  if (!question.on_host()) return NotFound{};
  return Refused{quoted(question.registry()->host) + ": " + why};
}

std::optional<Selection> if_unmentioned(const Question& question) {
  if (question.registry() != nullptr) return std::nullopt;
  return NotMine{};
}

std::optional<Selection> if_profile_is_unknown(const Question& question) {
  if (!question.has_unknown_profile()) return std::nullopt;
  const std::vector<std::string> known = question.known_profiles();
  const std::string remedy = known.empty() ? "ask without one" : "use " + listed(known) + " or none";
  const char* level = question.registry()->origin.system ? " of the system" : "";
  return refused(question, "there is no profile " + quoted(question.profile()) + " in the configuration" +
                               level + ": " + remedy);
}

std::optional<Selection> if_profile_is_denied(const Question& question) {
  const std::string* token = question.profile_token();
  if (token == nullptr || question.may_use(*token)) return std::nullopt;
  return refused(question, "profile " + quoted(question.profile()) + " names token " + quoted(*token) +
                               ", which you may not use: ask for its 'allow'");
}

std::optional<Selection> if_profile(const Question& question) {
  const std::string* token = question.profile_token();
  if (token == nullptr) return std::nullopt;
  return selected(question, *token);
}

std::optional<Selection> if_tie(const Question& question) {
  if (question.on_host() || !question.best().tie) return std::nullopt;
  return NotFound{};
}

std::optional<Selection> if_pattern(const Question& question) {
  if (question.on_host() || question.best().token == nullptr) return std::nullopt;
  return selected(question, *question.best().token);
}

std::optional<Selection> if_default(const Question& question) {
  const std::string& token = question.registry()->default_token;
  if (token.empty() || !question.may_use(token)) return std::nullopt;
  return selected(question, token);
}

std::optional<Selection> if_nothing_fits(const Question& question) {
  if (question.on_host()) return std::nullopt;
  return NotFound{};
}

std::optional<Selection> if_only_one(const Question& question) {
  const std::vector<std::string> usable = question.usable();
  if (usable.size() != 1) return std::nullopt;
  return selected(question, usable.front());
}

std::optional<Selection> if_none_is_allowed(const Question& question) {
  if (!question.usable().empty()) return std::nullopt;
  const std::vector<std::string> all = question.all();
  if (all.empty())
    return refused(question, "the configuration names no token of it: run 'scopedctl import " +
                                 question.registry()->host + "'");
  return refused(question, "you may use none of its tokens (" + listed(all) + "): ask for their 'allow'");
}

std::optional<Selection> if_ambiguous(const Question& question) {
  return refused(question, "more than one token fits (" + listed(question.usable()) +
                               "): choose one with a profile ($SCOPED_PROFILE) or set 'default_token'");
}

Lost not_named(const Question&, const std::string&) { return Lost::not_named; }
Lost not_default(const Question& question, const std::string&) {
  return question.on_host() ? Lost::not_default : Lost::no_pattern;
}
Lost no_pattern(const Question&, const std::string&) { return Lost::no_pattern; }
Lost ambiguous(const Question&, const std::string&) { return Lost::ambiguous; }
Lost by_length(const Question& question, const std::string& token) {
  const auto fit = question.fit_of(token);
  if (!fit) return Lost::no_pattern;
  return fit->length < question.best().length ? Lost::shorter : Lost::tied;
}

// The most specific first. The last one always decides.
constexpr std::array kRules = {
    Rule{"unmentioned", "the configuration does not mention the registry", &if_unmentioned, &not_named},
    Rule{"unknown_profile", "the profile is not in the registry's configuration", &if_profile_is_unknown,
         &not_named},
    Rule{"denied_profile", "the profile names a token that may not be used", &if_profile_is_denied,
         &not_named},
    Rule{"profile", "the profile names it", &if_profile, &not_named},
    Rule{"tie", "two patterns that cover the repository are equally long", &if_tie, &by_length},
    Rule{"longest_pattern", "its pattern is the longest that covers the repository", &if_pattern, &by_length},
    Rule{"default_token", "it is the registry's default_token", &if_default, &not_default},
    Rule{"nothing_fits", "no pattern covers the repository, and no default_token may be used",
         &if_nothing_fits, &no_pattern},
    Rule{"only_one", "it is the only token that may be used", &if_only_one, &not_named},
    Rule{"none_allowed", "no token of the registry may be used", &if_none_is_allowed, &not_named},
    Rule{"ambiguous", "nothing prefers one of several tokens", &if_ambiguous, &ambiguous},
};

}  // namespace

Question::Question(const config::Config& configuration, const Permissions& permissions, const Caller& caller,
                   const std::string& profile, const protocol::Key& key)
    : configuration_(configuration),
      permissions_(permissions),
      caller_(caller),
      profile_(profile),
      key_(key) {
  const auto found = configuration.registries.find(key.registry);
  if (found == configuration.registries.end()) return;
  registry_ = &found->second;
}

bool Question::may_use(const std::string& token) const {
  if (caller_.trusted) return true;
  if (probe_.registry.empty()) probe_.registry = registry_->host;
  probe_.token = token;
  const auto found = permissions_.find(probe_);
  if (found != permissions_.end()) return is_allowed(found->second, caller_);
  return token == registry_->default_token;
}

namespace {

// A profile names registries of its own level alone; one that names none counts for both.
bool is_of_level(const config::Config& configuration, const std::map<std::string, std::string>& profile,
                 bool system) {
  if (profile.empty()) return true;
  const auto registry = configuration.registries.find(profile.begin()->first);
  return registry == configuration.registries.end() || registry->second.origin.system == system;
}

}  // namespace

bool Question::has_unknown_profile() const {
  if (profile_.empty()) return false;
  const auto found = configuration_.profiles.find(profile_);
  return found == configuration_.profiles.end() ||
         !is_of_level(configuration_, found->second, registry_->origin.system);
}

const std::string* Question::profile_token() const {
  const auto found = configuration_.profiles.find(profile_);
  if (profile_.empty() || found == configuration_.profiles.end()) return nullptr;
  const auto token = found->second.find(registry_->host);
  return token == found->second.end() ? nullptr : &token->second;
}

std::vector<std::string> Question::known_profiles() const {
  std::vector<std::string> names;
  for (const auto& [name, profile] : configuration_.profiles)
    if (is_of_level(configuration_, profile, registry_->origin.system)) names.push_back(name);
  return names;
}

// An exact pattern is longer than every wildcard that covers the same repository, since the star stands for
// at least one character.
std::optional<Question::Fit> Question::fit_of(const std::string& token) const {
  const Token& settings = registry_->tokens.at(token);
  std::optional<Fit> best;
  const auto consider = [&](const std::string& pattern) {
    if (!record::covers(pattern, key_.repository)) return;
    const size_t length = pattern.size() - (pattern.ends_with('*') ? 1 : 0);
    if (!best || length > best->length) best = Fit{length, &pattern};
  };
  for (const std::string& pattern : settings.repositories) consider(pattern);
  if (!settings.repositories.empty()) return best;
  const auto scope_map = registry_->scope_maps.find(settings.scope_map);
  if (scope_map != registry_->scope_maps.end())
    for (const auto& [pattern, actions] : scope_map->second.repositories) consider(pattern);
  return best;
}

const Question::Best& Question::best() const {
  if (best_) return *best_;
  Best best;
  for (const auto& [token, settings] : registry_->tokens) {
    const auto fit = fit_of(token);
    if (!fit || (best.token != nullptr && fit->length < best.length) || !may_use(token)) continue;
    best = {&token, fit->length, best.token != nullptr && fit->length == best.length};
  }
  return best_.emplace(best);
}

std::vector<std::string> Question::usable() const {
  std::vector<std::string> names;
  for (const auto& [name, token] : registry_->tokens)
    if (may_use(name)) names.push_back(name);
  return names;
}

std::vector<std::string> Question::all() const {
  std::vector<std::string> names;
  for (const auto& [name, token] : registry_->tokens) names.push_back(name);
  return names;
}

std::span<const Rule> rules() { return kRules; }

Decision decide(const Question& question) {
  for (const Rule& rule : kRules)
    if (auto selection = rule.decide(question)) return {&rule, std::move(*selection)};
  return {&kRules.back(), NotFound{}};
}

}  // namespace scoped::answer
