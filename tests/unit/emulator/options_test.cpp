// The command line. Not tested here: what the program does with it.
#include "tests/emulator/options.h"

#include "tests/unit/emulator/contains.h"

#include <vector>

using namespace scoped;
using namespace scoped::emulator;
using scoped::emulator_test::Contains;

namespace {

Result<Options> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "acr-emulator");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("without arguments everything has its default", "[emulator]") {
  const auto options = parse({});
  REQUIRE(options);
  CHECK(options->registry.empty());
  CHECK(options->storage.empty());
  CHECK(options->port == 0);
  CHECK(options->token_life == std::chrono::seconds(3599));
  CHECK_FALSE(options->help);
}

TEST_CASE("every argument is taken", "[emulator]") {
  const auto options = parse({"--registry", "corpReg1", "--storage", "dir", "--state=file", "--port", "5000",
                              "--token-life", "6", "--login-server", "corp.azurecr.io", "--tier", "basic",
                              "--revoke-at-once", "--help", "-V"});
  REQUIRE(options);
  CHECK(options->registry == "corpReg1");
  CHECK(options->storage == "dir");
  CHECK(options->state == "file");
  CHECK(options->port == 5000);
  CHECK(options->token_life == std::chrono::seconds(6));
  CHECK(options->login_server == "corp.azurecr.io");
  CHECK(options->tier == "basic");
  CHECK(options->revoke_at_once);
  CHECK(options->help);
  CHECK(options->version);
}

TEST_CASE("a wrong argument is named", "[emulator]") {
  struct Row {
    std::vector<const char*> arguments;
    const char* named;
  };
  for (const Row& row : {Row{{"--unheard"}, "--unheard"},
                         {{"more"}, "positional"},
                         {{"--port"}, "--port"},
                         {{"--port", "x"}, "--port"},
                         {{"--port", "-1"}, "-1"},
                         {{"--port", "65532"}, "65532"},
                         {{"--token-life", "0"}, "--token-life"},
                         {{"--token-life", "1.5"}, "--token-life"},
                         {{"--token-life", "86401"}, "--token-life"},
                         {{"--registry", "my-registry"}, "my-registry"},
                         {{"--login-server", "host:443"}, "host:443"},
                         {{"--tier", "Gold"}, "Gold"},
                         {{"--state", "a", "--state", "b"}, "--state"}}) {
    const auto options = parse(row.arguments);
    REQUIRE_FALSE(options);
    CHECK_THAT(options.error().line(), Contains(row.named));
  }
}

TEST_CASE("the help tells the arguments, the ready line and the faults", "[emulator]") {
  const std::string text = help_text();
  for (const char* word : {"--registry", "--storage", "--state", "--port", "--token-life", "--login-server",
                           "log_analytics", "SHA-256", "arm_status", "Exit codes"})
    CHECK_THAT(text, Contains(word));
}
