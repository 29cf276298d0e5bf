// Not tested here: the table of commands (commands_test.cpp).
#include "agent/ctl/options.h"

#include "agent/ctl/commands.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using scoped::test::error_line;

namespace {

using Words = std::vector<std::string>;

std::string problem(const Command& command, const Words& arguments) {
  return error_line(parse_options(command, arguments));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a flag is given by its name or its letter, with its value apart or attached", "[ctl]") {
  for (const Words& words :
       {Words{"--name", "app-pull", "--output", "json"}, Words{"--name=app-pull", "-o", "json"},
        Words{"-n", "app-pull", "-ojson"}, Words{"-o", "json", "-napp-pull"}}) {
    const auto options = parse_options(rows::token_show, words);
    REQUIRE(options);
    CHECK(options->text("name") == "app-pull");
    CHECK(options->wants_document());
    CHECK_FALSE(options->has("registry"));
    CHECK_FALSE(options->optional("registry"));
  }
}

TEST_CASE("--repository keeps a repository together with its actions, as often as it is given", "[ctl]") {
  const auto options = parse_options(
      rows::scope_map_create, {"--name", "cicd", "--repository", "myapp/api", "content/read", "content/write",
                               "--description", "a b", "--repository", "content/read", "metadata/read"});
  REQUIRE(options);
  CHECK(options->groups("repository") == std::vector<Words>{{"myapp/api", "content/read", "content/write"},
                                                            {"content/read", "metadata/read"}});
  CHECK(options->text("description") == "a b");
  CHECK(options->positionals().empty());
}

TEST_CASE("positional arguments are counted, before and behind options", "[ctl]") {
  const auto options = parse_options(rows::import_token, {"host", "--free-slot", "password2", "token"});
  REQUIRE(options);
  CHECK(options->positional(0) == "host");
  CHECK(options->positional(1) == "token");
  CHECK_FALSE(options->positional(2));
  const auto after_dashes = parse_options(rows::rotate, {"--", "-strange"});
  REQUIRE(after_dashes);
  CHECK(after_dashes->positional(0) == "-strange");
}

TEST_CASE("--help wins over whatever else is wrong", "[ctl]") {
  for (const Words& words : {Words{"--help"}, Words{"--nonsense", "-h"}}) {
    const auto options = parse_options(rows::token_create, words);
    REQUIRE(options);
    CHECK(options->has("help"));
  }
}

TEST_CASE("a wrong command line is told in one line that says what is wrong", "[ctl]") {
  struct Row {
    const Command* command;
    Words arguments;
    std::string line;
  };
  const Row table[] = {
      {&rows::token_show, {"--nmae", "x"}, "unknown option '--nmae': did you mean '--name'?"},
      {&rows::token_show, {"--colour"}, "unknown option '--colour': see 'scopedctl token show --help'"},
      {&rows::token_show, {"-x"}, "unknown option '-x': see 'scopedctl token show --help'"},
      {&rows::token_show, {"--name"}, "'--name' needs a value, NAME"},
      {&rows::token_show, {"-n"}, "'--name' needs a value, NAME"},
      {&rows::token_show, {"--name", "--output", "json"}, "'--name' needs a value, NAME"},
      {&rows::token_show, {"--name", ""}, "'--name' is empty"},
      {&rows::token_show, {"--name", "a", "--name", "b"}, "'--name' is given twice"},
      {&rows::token_show, {}, "'token show' needs '--name' (see 'scopedctl token show --help')"},
      {&rows::token_show, {"--name", "a", "b"}, "unexpected 'b' (see 'scopedctl token show --help')"},
      {&rows::token_show,
       {"--name", "a", "-o", "yaml"},
       "'--output' is 'yaml', expected one of table|json|tsv"},
      {&rows::status, {"--check=yes"}, "'--check' takes no value"},
      {&rows::rotate, {}, "'rotate' needs HOST/TOKEN (see 'scopedctl rotate --help')"},
      {&rows::rotate, {"a", "b"}, "unexpected 'b' (see 'scopedctl rotate --help')"},
      {&rows::import_token,
       {"h", "t", "--slot", "1"},
       "'--slot' is '1', expected one of password1|password2|oldest|newest"},
  };
  for (const Row& row : table) {
    const std::string line = problem(*row.command, row.arguments);
    CHECK(line == row.line);
    CHECK_FALSE(has(line, "\n"));
  }
}

TEST_CASE("abbreviations are not guessed", "[ctl]") {
  CHECK(has(problem(rows::token_show, {"--nam", "x"}), "unknown option '--nam'"));
}

TEST_CASE("no option takes a password", "[ctl]") {
  CHECK(has(problem(rows::import_token, {"h", "t", "--password", "x"}), "unknown option '--password'"));
  CHECK(problem(rows::import_token, {"h", "t", "--password-stdin=x"}) == "'--password-stdin' takes no value");
}

TEST_CASE("flags that contradict each other are a usage error", "[ctl]") {
  CHECK(has(problem(rows::token_create, {"-n", "t", "--scope-map", "m", "--repository", "r", "content/read"}),
            "'--scope-map' or '--repository', not both"));
  CHECK(has(problem(rows::import_token, {"h", "t", "--free-slot", "password1", "--password-stdin"}),
            "--free-slot"));
  CHECK(has(problem(rows::import_token, {"h", "--password-stdin"}), "say which token"));
  CHECK(has(problem(rows::scope_map_create, {"--name", "m"}), "needs '--repository REPOSITORY ACTION...'"));
  CHECK(has(problem(rows::scope_map_create, {"--name", "m", "--repository", "r"}), "needs an action"));
  CHECK(has(problem(rows::scope_map_create, {"--name", "m", "--repository", "r", "content/raed"}),
            "content/raed"));
  CHECK(has(problem(rows::completion, {"tcsh"}), "'bash', 'zsh' or 'fish'"));
  const Words long_text = {
      "--name", "m", "--repository", "r", "content/read", "--description", std::string(257, 'x')};
  CHECK(has(problem(rows::scope_map_create, long_text), "256"));
}

TEST_CASE("a flag that begins like another one is told with it", "[ctl]") {
  const auto wrong = [](const Command& command, const char* flag) {
    return error_line(parse_options(command, {flag, "x"}));
  };
  CHECK(wrong(rows::credential_generate, "--expiry") ==
        "unknown option '--expiry': did you mean '--expiration'?");
  CHECK(wrong(rows::scope_map_create, "--repo") == "unknown option '--repo': did you mean '--repository'?");
  CHECK(wrong(rows::token_list, "--nonsense").find("did you mean") == std::string::npos);
}
