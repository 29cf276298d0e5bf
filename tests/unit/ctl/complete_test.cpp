// Not tested here: the shells (tests/integration/completion.py).
#include "agent/ctl/complete.h"

#include "agent/ctl/commands.h"
#include "agent/ctl/completion.h"
#include "agent/ctl/options.h"
#include "tests/unit/ctl/scene.h"

#include <algorithm>

using namespace scoped;
using namespace scoped::ctl;

namespace {

using Texts = std::vector<std::string>;

// Names that say what they were asked for: "token of myregistry".
Texts completed(const Texts& words) {
  return complete(words, [](Names kind, const std::optional<std::string>& registry) -> Texts {
    const std::string of = registry ? "-of-" + *registry : "";
    switch (kind) {
      case Names::registry:
        return {"myregistry.azurecr.io"};
      case Names::token:
        return {"token" + of};
      case Names::scope_map:
        return {"map" + of};
      case Names::repository:
        return {"myapp/api", "myapp/web"};
      case Names::none:
      case Names::file:
        break;
    }
    return {};
  });
}

bool has(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

Texts words_of(const Command& command) {
  const std::string text(command.words);
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

}  // namespace

TEST_CASE("every command and every flag completes", "[ctl]") {
  for (const Command* command : commands()) {
    Texts words = words_of(*command);
    INFO(command->words);
    CHECK(has(completed({""}), words[0]));
    if (words.size() == 2) CHECK(has(completed({words[0], ""}), words[1]));
    words.push_back("--");
    const Texts found = completed(words);
    for (const Flag& flag : flags_of(*command)) CHECK(has(found, "--" + std::string(flag.name)));
  }
}

TEST_CASE("what is begun narrows the candidates", "[ctl]") {
  CHECK(completed({"scope-map", "u"}) == Texts{"update"});
  CHECK(completed({"repa"}) == Texts{"repair"});
  CHECK(completed({"nothing", ""}).empty());
}

TEST_CASE("a flag's value completes from its choices or from the registry", "[ctl]") {
  CHECK(completed({"token", "list", "-o", ""}) == Texts{"table", "json", "tsv"});
  CHECK(completed({"lint", "--output", "s"}) == Texts{"sarif"});
  CHECK(completed({"token", "show", "--name", ""}) == Texts{"token"});
  CHECK(completed({"token", "show", "--registry", "r1", "--name", ""}) == Texts{"token-of-r1"});
  CHECK(completed({"token", "update", "--scope-map", ""}) == Texts{"map"});
  CHECK(completed({"token", "list", "--registry", ""}) == Texts{"myregistry.azurecr.io"});
  CHECK(completed({"apply", "--file", ""}).empty());  // the shell's own files
}

TEST_CASE("behind a repository come actions, then the next option", "[ctl]") {
  CHECK(completed({"scope-map", "create", "--repository", "myapp/w"}) == Texts{"myapp/web"});
  CHECK(completed({"scope-map", "create", "--repository", "myapp/api", "content/r"}) ==
        Texts{"content/read"});
  CHECK(has(completed({"scope-map", "create", "--repository", "myapp/api", "content/read", "--"}), "--name"));
  CHECK(has(completed({"scope-map", "create", "--repository", "myapp/api", "content/read", "--"}),
            "--repository"));
}

TEST_CASE("what was given is not offered again", "[ctl]") {
  CHECK_FALSE(has(completed({"token", "list", "--registry", "r1", "--"}), "--registry"));
}

TEST_CASE("arguments without a flag complete by their place", "[ctl]") {
  CHECK(completed({"rotate", ""}) == Texts{"token"});
  CHECK(completed({"import", ""}) == Texts{"myregistry.azurecr.io"});
  CHECK(completed({"import", "r1", ""}) == Texts{"token-of-r1"});
  CHECK(completed({"completion", ""}) == Texts{"bash", "zsh", "fish"});
}

TEST_CASE("each shell has a script that asks the program", "[ctl]") {
  for (const char* shell : {"bash", "zsh", "fish"})
    CHECK(completion_script(shell).find("scopedctl __complete") != std::string_view::npos);
  CHECK(completion_script("tcsh").empty());
}
