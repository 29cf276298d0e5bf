// Not tested here: which token is chosen (tests/unit/answer), and the command around it (explain_test.cpp).
#include "agent/ctl/explanation_view.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

constexpr const char* kHost = "myregistry.azurecr.io";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

config::Config three_tokens() {
  config::Config config = config_of({{kHost, {"puller", "builder", "deployer"}}});
  config::Registry& registry = config.registries[kHost];
  registry.default_token = "puller";
  registry.tokens["builder"].repositories = {"team/*"};
  registry.tokens["deployer"].repositories = {"team/app"};
  int line = 10;
  for (auto& [name, token] : registry.tokens) token.origin = {"/etc/scoped/config.json", line++, true};
  config.profiles["ci"][kHost] = "builder";
  return config;
}

ExplanationView view_of(const config::Config& config, const std::string& key, const std::string& profile = "",
                        const answer::Permissions& permissions = {}, bool trusted = true) {
  const answer::Caller caller{1001, {100}, trusted};
  ExplanationView view{key, protocol::read_key(key), profile, "--profile", "alice", 1001, {}, ""};
  if (view.read) view.explanation = answer::explain(config, permissions, caller, profile, *view.read);
  return view;
}

}  // namespace

TEST_CASE("an explanation says how the key was read, where, which rule and which token", "[ctl]") {
  const config::Config config = three_tokens();
  CHECK(explanation_text(view_of(config, "myregistry.azurecr.io/team/app")) ==
        R"(key            'myregistry.azurecr.io/team/app'
read as        registry 'myregistry.azurecr.io', repository 'team/app'
profile        none
user           'alice' (uid 1001)
configured at  /etc/scoped/config.json:3 (the system's)
decided by     longest_pattern: its pattern is the longest that covers the repository
answer         the password of token 'deployer'

TOKEN     OUTCOME     PATTERN   CONFIGURED AT               WHY
deployer  chosen      team/app  /etc/scoped/config.json:11  its pattern is the longest that covers the repository
builder   shorter     team/*    /etc/scoped/config.json:10  another token's pattern is longer
puller    no_pattern            /etc/scoped/config.json:12  no pattern of it covers 'team/app'
)");
}

TEST_CASE("an explanation is a document for programs", "[ctl]") {
  const config::Config config = three_tokens();
  CHECK(
      json::dump(explanation_json(view_of(config, "HTTPS://MyRegistry.azurecr.io/v2/", "ci"))) ==
      R"({"key":"HTTPS://MyRegistry.azurecr.io/v2/","registry":"myregistry.azurecr.io","repository":"",)"
      R"("profile":"ci","user":"alice","uid":1001,"configured_at":"/etc/scoped/config.json:3",)"
      R"("rule":"profile","because":"the profile names it","answer":{"kind":"token","token":"builder"},)"
      R"("tokens":[{"token":"builder","chosen":true,"configured_at":"/etc/scoped/config.json:10"},)"
      R"({"token":"deployer","chosen":false,"reason":"not_named","configured_at":"/etc/scoped/config.json:11"},)"
      R"({"token":"puller","chosen":false,"reason":"not_named","configured_at":"/etc/scoped/config.json:12"}]})");
}

TEST_CASE("each answer that is no token says what the helper prints", "[ctl]") {
  config::Config config = three_tokens();
  const std::string nothing = "credentials not found in native keychain";
  const auto text_of = [&](const ExplanationView& view) { return explanation_text(view); };
  CHECK(has(text_of(view_of(config, "ghcr.io")),
            "answer         NOT_MINE: what 'docker login' saved for it, else: " + nothing + "\n"));
  CHECK(has(text_of(view_of(config, "ghcr.io")), "configured at  nowhere\n"));
  const std::string odd = text_of(view_of(config, "no registry at all"));
  CHECK(has(odd, "read as        no registry: only a login saved under this very text can answer\n"));
  CHECK(has(odd, "NOT_MINE"));
  const ExplanationView refused = view_of(config, kHost, "nobody");
  CHECK(
      has(text_of(refused), "answer         refused: 'myregistry.azurecr.io': there is no profile 'nobody'"));
  CHECK(json::dump(explanation_json(refused)).find(R"("answer":{"kind":"refused","text":"'myreg)") !=
        std::string::npos);
  config.registries[kHost].tokens["deployer"].repositories = {"team/*"};
  CHECK(has(text_of(view_of(config, "myregistry.azurecr.io/team/app")),
            nothing + " (a client then asks for 'myregistry.azurecr.io')\n"));
}

TEST_CASE("each reason for not being chosen says what could change it", "[ctl]") {
  config::Config config = three_tokens();
  config::Registry& registry = config.registries[kHost];
  const auto shown = [&](const std::string& key, const std::string& profile = "",
                         const answer::Permissions& permissions = {}, bool trusted = true) {
    return explanation_text(view_of(config, key, profile, permissions, trusted));
  };
  CHECK(has(shown(kHost, "ci"), "profile 'ci' does not name it\n"));
  CHECK(has(shown(kHost), "another token is the default_token\n"));
  CHECK(has(shown(kHost, "", {}, false), "it has no 'allow' and is not the default_token\n"));
  registry.tokens["builder"].allow_given = true;
  const answer::Permissions permissions{{{kHost, "builder"}, {{7}, {}}}};
  CHECK(
      has(shown(kHost, "", permissions, false), "its 'allow' names neither 'alice' nor a group of theirs\n"));
  registry.default_token.clear();
  CHECK(has(shown(kHost), "nothing prefers it to the others: name it in a profile or as default_token\n"));
  registry.tokens["deployer"].repositories = {"team/*"};
  CHECK(has(shown("myregistry.azurecr.io/team/app"),
            "another token's pattern is as long: make one of them longer\n"));
}

TEST_CASE("of many tokens only the closest are shown to people, and all to programs", "[ctl]") {
  config::Config config = config_of({{kHost, {}}});
  for (int i = 10; i < 50; ++i) config.registries[kHost].tokens["t" + std::to_string(i)];
  const ExplanationView view = view_of(config, kHost);
  CHECK(has(explanation_text(view), "\nand 20 more: see them with -o json\n"));
  CHECK(has(json::dump(explanation_json(view)), R"("t49")"));
}

TEST_CASE("no text of a configuration or a key steers the terminal", "[ctl]") {
  config::Config config = three_tokens();
  ExplanationView view = view_of(config, kHost, "\x1b[31mred");
  CHECK_FALSE(has(explanation_text(view), "\x1b"));
}
