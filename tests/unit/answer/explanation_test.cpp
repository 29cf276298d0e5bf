// Not tested here: the texts of refusals (selection_test.cpp) and how an explanation is printed
// (tests/unit/ctl).
#include "common/answer/explanation.h"

#include "common/answer/rules.h"
#include "tests/support/catch.h"
#include "tests/unit/answer/world.h"

#include <algorithm>
#include <set>

namespace scoped::answer {
namespace {

using test::kHost;
using test::plain_caller;
using test::registry_of;
using test::trusted_caller;

std::string outcome_of(const Selection& selection) {
  if (const auto* selected = std::get_if<Selected>(&selection)) return selected->name.token;
  if (std::holds_alternative<Refused>(selection)) return "REFUSED";
  return std::holds_alternative<NotMine>(selection) ? "NOT_MINE" : "NOT_FOUND";
}

// "rule: outcome; token lost pattern, ..."
std::string shown(const Explanation& explanation) {
  std::string text = std::string(explanation.rule) + ": " + outcome_of(explanation.selection);
  const char* separator = "; ";
  for (const Candidate& candidate : explanation.candidates) {
    text += separator + candidate.token + " " +
            (candidate.lost ? std::string(name_of(*candidate.lost)) : "chosen") +
            (candidate.pattern.empty() ? "" : " " + candidate.pattern);
    separator = ", ";
  }
  return text;
}

struct Asked {
  const config::Config& configuration;
  Permissions permissions = {};
  Caller caller = trusted_caller();

  std::string operator()(const std::string& key, const std::string& profile = "") const {
    return shown(explain(configuration, permissions, caller, profile, *protocol::read_key(key)));
  }
};

config::Config three_tokens() {
  config::Config configuration = test::make_config({"puller", "builder", "deployer"});
  auto& tokens = registry_of(configuration).tokens;
  tokens["builder"].repositories = {"team/*", "base"};
  tokens["deployer"].repositories = {"team/app"};
  configuration.profiles["ci"][kHost] = "builder";
  return configuration;
}

TEST_CASE("each token that was not chosen has its reason, the closest first", "[answer]") {
  const config::Config configuration = three_tokens();
  const Asked asked{configuration};
  CHECK(asked("reg.azurecr.io/team/app") ==
        "longest_pattern: deployer; deployer chosen team/app, builder shorter team/*, puller no_pattern");
  CHECK(asked("reg.azurecr.io/other") ==
        "default_token: puller; puller chosen, builder no_pattern, deployer no_pattern");
  CHECK(asked("reg.azurecr.io") ==
        "default_token: puller; puller chosen, builder not_default, deployer not_default");
  CHECK(asked("reg.azurecr.io", "ci") ==
        "profile: builder; builder chosen, deployer not_named, puller not_named");
  CHECK(asked("ghcr.io") == "unmentioned: NOT_MINE");
  CHECK(asked("reg.azurecr.io", "x") ==
        "unknown_profile: REFUSED; builder not_named, deployer not_named, puller not_named");
}

TEST_CASE("a token that may not be used is close when its pattern covers the repository", "[answer]") {
  const config::Config configuration = three_tokens();
  const Asked asked{configuration, {{test::name_of("builder"), {{1001}, {}}}}, plain_caller()};
  CHECK(asked("reg.azurecr.io/team/app") ==
        "longest_pattern: builder; builder chosen team/*, deployer not_allowed team/app, puller no_pattern");
  CHECK(asked("reg.azurecr.io/team/app", "ci") ==
        "profile: builder; builder chosen team/*, deployer not_allowed team/app, puller not_named");
  const Asked stranger{configuration, {}, plain_caller()};
  CHECK(stranger("reg.azurecr.io", "ci") ==
        "denied_profile: REFUSED; builder not_allowed, deployer not_allowed, puller not_named");
}

TEST_CASE("whoever is as good as another is named as such", "[answer]") {
  config::Config configuration = three_tokens();
  registry_of(configuration).tokens["deployer"].repositories = {"team/*"};
  CHECK(Asked{configuration}("reg.azurecr.io/team/app") ==
        "tie: NOT_FOUND; builder tied team/*, deployer tied team/*, puller no_pattern");
  registry_of(configuration).default_token.clear();
  CHECK(Asked{configuration}("reg.azurecr.io") ==
        "ambiguous: REFUSED; builder ambiguous, deployer ambiguous, puller ambiguous");
  CHECK(Asked{configuration}("reg.azurecr.io/x") ==
        "nothing_fits: NOT_FOUND; builder no_pattern, deployer no_pattern, puller no_pattern");
  CHECK(Asked{configuration, {}, plain_caller()}("reg.azurecr.io") ==
        "none_allowed: REFUSED; builder not_allowed, deployer not_allowed, puller not_allowed");
  const Permissions one{{test::name_of("builder"), {{}, {100}}}};
  CHECK(Asked{configuration, one, plain_caller()}("reg.azurecr.io") ==
        "only_one: builder; builder chosen, deployer not_allowed, puller not_allowed");
}

TEST_CASE("a summary names the rule, the token and the pattern", "[answer]") {
  const config::Config configuration = three_tokens();
  const auto summary = [&](const char* key) {
    return summary_of(explain(configuration, {}, trusted_caller(), "", *protocol::read_key(key)));
  };
  CHECK(summary("reg.azurecr.io/team/x") == "rule longest_pattern chose token 'builder' (pattern 'team/*')");
  CHECK(summary("reg.azurecr.io") == "rule default_token chose token 'puller'");
  CHECK(summary("ghcr.io") == "rule unmentioned: not mine");
}

// --- all small worlds --------------------------------------------------------------------------------

struct World {
  config::Config configuration;
  Permissions permissions;
  std::string profile;
  std::string repository;
};

// SERVING 7.3, sentence by sentence and without the rules table.
std::string expected(const World& world) {
  const config::Registry& registry = world.configuration.registries.at(kHost);
  const bool on_host = world.repository.empty();
  const std::string no = on_host ? "REFUSED" : "NOT_FOUND";
  std::set<std::string> usable;
  for (const auto& [name, token] : registry.tokens) {
    const auto entry = world.permissions.find(test::name_of(name));
    const bool open =
        entry == world.permissions.end() ? name == registry.default_token : entry->second.uids.contains(1001);
    if (open) usable.insert(name);
  }
  if (world.profile == "unknown") return no;
  if (!world.profile.empty() && world.profile != "elsewhere") {
    const std::string& named = world.configuration.profiles.at(world.profile).at(kHost);
    return usable.contains(named) ? named : no;
  }
  std::multimap<size_t, std::string> fits;
  for (const std::string& name : usable)
    for (const std::string& pattern : registry.tokens.at(name).repositories)
      if (!on_host && record::covers(pattern, world.repository))
        fits.emplace(pattern.size() - (pattern.ends_with('*') ? 1 : 0), name);
  if (!fits.empty()) return fits.count(fits.rbegin()->first) > 1 ? "NOT_FOUND" : fits.rbegin()->second;
  if (usable.contains(registry.default_token)) return registry.default_token;
  if (!on_host) return "NOT_FOUND";
  return usable.size() == 1 ? *usable.begin() : "REFUSED";
}

template <typename Visit>
void for_small_worlds(Visit visit) {
  const std::vector<std::vector<std::string>> patterns = {{}, {"*"}, {"team/*"}, {"team/app"}};
  const std::vector<std::string> names = {"a", "b", "c"};
  for (size_t i = 0; i < 4 * 4 * 4 * 27 * 3; ++i) {
    size_t rest = i;
    const auto take = [&rest](size_t count) { return std::exchange(rest, rest / count) % count; };
    World world;
    config::Registry& registry = world.configuration.registries[kHost];
    registry.host = kHost;
    for (const std::string& name : names) registry.tokens[name] = test::make_token(patterns[take(4)]);
    for (const std::string& name : names)  // no `allow`, one for us, one for others
      if (const size_t allow = take(3); allow != 0)
        world.permissions[test::name_of(name)] = {{allow == 1 ? 1001U : 2000U}, {}};
    if (const size_t index = take(3); index < 2) registry.default_token = names[index];
    world.configuration.profiles = {{"p", {{kHost, "a"}}}, {"elsewhere", {{"other.azurecr.io", "x"}}}};
    for (const char* profile : {"", "p", "elsewhere", "unknown"})
      for (const char* repository : {"", "team/app", "team/x", "y"}) {
        world.profile = profile;
        world.repository = repository;
        visit(world);
      }
  }
}

// How a world contradicts its explanation; empty: it does not.
std::string contradiction(const World& world) {
  const auto caller = plain_caller();
  const auto ask = [&](const config::Config& configuration) {
    return explain(configuration, world.permissions, caller, world.profile, {kHost, world.repository});
  };
  const Explanation explanation = ask(world.configuration);
  const std::string outcome = outcome_of(explanation.selection);
  const auto selection =
      select(world.configuration, world.permissions, caller, world.profile, {kHost, world.repository});
  if (outcome != outcome_of(selection)) return "select says " + outcome_of(selection);
  if (outcome != expected(world)) return "expected " + expected(world);
  const bool is_selected = std::holds_alternative<Selected>(explanation.selection);
  for (const Candidate& candidate : explanation.candidates) {
    if (!candidate.lost && (!is_selected || candidate.token != outcome)) return candidate.token + " won";
    if (!candidate.lost || !is_selected) continue;
    config::Config without = world.configuration;
    registry_of(without).tokens.erase(candidate.token);
    if (outcome_of(ask(without).selection) != outcome) return candidate.token + " mattered";
  }
  if (is_selected && explanation.candidates.front().lost) return "nobody won";
  return {};
}

TEST_CASE("in every small world the explanation is what was selected, and losers do not matter", "[answer]") {
  std::set<std::string_view> seen;
  std::vector<std::string> contradictions;
  for_small_worlds([&](const World& world) {
    const Explanation explanation = explain(world.configuration, world.permissions, plain_caller(),
                                            world.profile, {kHost, world.repository});
    seen.insert(explanation.rule);
    if (const std::string why = contradiction(world); !why.empty() && contradictions.size() < 5)
      contradictions.push_back(why + ": " + shown(explanation));
  });
  CHECK(contradictions == std::vector<std::string>());
  std::set<std::string_view> wanted;  // every rule decided somewhere
  for (const Rule& rule : rules())
    if (rule.name != "unmentioned") wanted.insert(rule.name);
  CHECK(seen == wanted);
}

}  // namespace
}  // namespace scoped::answer
