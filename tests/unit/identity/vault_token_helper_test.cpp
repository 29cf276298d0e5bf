#include "common/identity/vault_token_helper.h"

#include "tests/unit/identity/vault_world.h"

#include <sys/stat.h>

using namespace scoped;
using namespace scoped::identity;
using namespace scoped::identity::test;

namespace {

using Folder = scoped::test::TemporaryFolder;

std::string program(const Folder& folder, const std::string& script) {
  const std::string path = folder / "helper";
  REQUIRE(write_file_atomically(path, "#!/bin/sh\n" + script + "\n", 0700));
  return path;
}

}  // namespace

TEST_CASE("a client's settings name a token helper, or none", "[identity][vault]") {
  CHECK(*parse_token_helper("token_helper = \"/usr/bin/keep\"\n").value() == "/usr/bin/keep");
  CHECK(*parse_token_helper("# mine\n\n  token_helper=\"/a b\" # it\r\n// end").value() == "/a b");
  CHECK_FALSE(parse_token_helper("").value());
  CHECK_FALSE(parse_token_helper("# token_helper = \"/x\"\n").value());
}

TEST_CASE("anything else in it is refused by its line, and quoted nowhere", "[identity][vault]") {
  for (const char* garbage : {"token_helper", "token_helper =", "token_helper = keep",
                              "token_helper = \"keep\"", "token_helper = \"/a", "token_helper = \"/a\" x",
                              "token_helper = \"/a\\n\"", "token_helper = \"/${x}\"",
                              "token_helpers = \"/a\"", "other = 1", "{\"token_helper\":\"/a\"}", "\x01"}) {
    const auto read = parse_token_helper(std::string("\n") + garbage);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == ErrorCode::invalid_input);
    CHECK(read.error().line() == "line 2 is not understood: expected token_helper = \"/absolute/path\"");
  }
  CHECK_FALSE(parse_token_helper("token_helper = \"/a\"\ntoken_helper = \"/b\""));
}

TEST_CASE("a token helper is asked with get", "[identity][vault]") {
  const Folder folder;
  const auto ask = [&](const std::string& script) {
    return ask_token_helper(program(folder, script), std::chrono::seconds(5));
  };
  CHECK(ask("[ \"$1\" = get ] && echo kept-token").value().reveal() == "kept-token");
  CHECK(ask("exit 0").error().code() == ErrorCode::not_found);
  CHECK(ask("echo a; exit 3").error().line() == "token helper '" + (folder / "helper") + "': it failed");
  CHECK(ask("echo 'a b'").error().code() == ErrorCode::invalid_input);
  CHECK(ask("head -c 70000 /dev/zero").error().line().ends_with("it prints more than a token"));
  CHECK(ask_token_helper(folder / "none", std::chrono::seconds(5)).error().code() == ErrorCode::unavailable);
  const auto slow = ask_token_helper(program(folder, "exec sleep 60"), std::chrono::milliseconds(50));
  CHECK(slow.error().line().ends_with("it takes too long"));
}

TEST_CASE("a person's token comes from the helper before the file, and after the variables",
          "[identity][vault]") {
  const Folder folder;
  World world("vault_token");
  world.variables["HOME"] = folder.path();
  REQUIRE(write_file_atomically(folder / ".vault-token", "from-file\n", 0600));
  REQUIRE(write_file_atomically(folder / ".vault",
                                "token_helper = \"" + program(folder, "echo from-helper") + "\"\n", 0644));
  CHECK(world.token() == "from-helper");
  World with_variable("vault_token");
  with_variable.variables = world.variables;
  with_variable.variables["VAULT_TOKEN"] = "from-variable";
  CHECK(with_variable.token() == "from-variable");
  SECTION("$BAO_CONFIG_PATH and ~/.bao come first") {
    REQUIRE(write_file_atomically(folder / ".bao", "", 0644));
    REQUIRE(write_file_atomically(folder / "other", "", 0644));
    world.variables["BAO_CONFIG_PATH"] = folder / "other";
    CHECK(world.make());
    World other("vault_token");
    other.variables = world.variables;
    CHECK(other.token() == "from-file");
    other.variables["BAO_TOKEN_PATH"] = folder / "elsewhere";
    CHECK(other.make().error().code() == ErrorCode::not_found);
  }
  SECTION("a file that others may write names no program") {
    REQUIRE(::chmod((folder / ".vault").c_str(), 0666) == 0);
    CHECK(world.make().error().line().ends_with("so only you may own and write it"));
  }
  SECTION("garbage is one line with the file and the line's number") {
    REQUIRE(write_file_atomically(folder / ".vault", "token_helper = keep", 0644));
    CHECK(world.make().error().line() == "identity 'host': '" + (folder / ".vault") +
                                             "': line 1 is not understood: expected token_helper = "
                                             "\"/absolute/path\"");
  }
}
