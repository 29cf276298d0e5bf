// Not tested here: reading and writing the file (edit_test.cpp); that podman reads it (tests/clients).
#include "agent/ctl/clients/client_file.h"
#include "tests/support/catch.h"

#include <array>

using namespace scoped;
using ctl::Wanted;

namespace {

const Wanted kWanted{"reg.azurecr.io"};

FixedEnvironment at_home() { return FixedEnvironment(std::map<std::string, std::string>{{"HOME", "/h"}}); }
constexpr const char* kLine = "credential-helpers = [\"containers-auth.json\", \"scoped\"]\n";

std::string added(std::string_view text) {
  const auto splice = ctl::rows::containers_file.add(text, kWanted);
  REQUIRE(splice);
  if (!*splice) return "unchanged";
  const std::string result = ctl::carry_out(text, **splice);
  CHECK(ctl::take_back(result, **splice) == std::string(text));
  return result;
}

std::string removed(std::string_view text) {
  const auto splice = ctl::rows::containers_file.remove(text, kWanted);
  REQUIRE(splice);
  return *splice ? ctl::carry_out(text, **splice) : "unchanged";
}

}  // namespace

TEST_CASE("the list of helpers is made before the first table, after all that was there", "[ctl]") {
  CHECK(added("") == kLine);
  CHECK(added("# mine\n") == std::string("# mine\n") + kLine);
  CHECK(added("a = 1") == std::string("a = 1\n") + kLine);
  CHECK(added("a = 1\n\n[[registry]]\nlocation = \"x\"\n") ==
        std::string("a = 1\n\n") + kLine + "[[registry]]\nlocation = \"x\"\n");
  CHECK(added("list = [\n  \"a\", # ]\n  [\"b\"],\n]\n  [x]\n") ==
        std::string("list = [\n  \"a\", # ]\n  [\"b\"],\n]\n") + kLine + "  [x]\n");
}

TEST_CASE("a list that is there gets one more", "[ctl]") {
  CHECK(added("credential-helpers = []\n") == "credential-helpers = [\"scoped\"]\n");
  CHECK(added("credential-helpers=['a']") == "credential-helpers=['a', \"scoped\"]");
  CHECK(added("credential-helpers = [\n  \"a\", # first\n  \"b\",\n]\n") ==
        "credential-helpers = [\n  \"a\", # first\n  \"b\", \"scoped\",\n]\n");
  CHECK(added("credential-helpers = ['scoped']\n") == "unchanged");
}

TEST_CASE("a key in a comment, in a text or in a table is not the list", "[ctl]") {
  CHECK(added("# credential-helpers = []\n") == std::string("# credential-helpers = []\n") + kLine);
  CHECK(added("x = \"\"\"\ncredential-helpers = []\n\"\"\"\n") ==
        std::string("x = \"\"\"\ncredential-helpers = []\n\"\"\"\n") + kLine);
  CHECK(added("[t]\ncredential-helpers = []\n") == std::string(kLine) + "[t]\ncredential-helpers = []\n");
  CHECK(added("credential-helpers-x = []\n") == std::string("credential-helpers-x = []\n") + kLine);
}

TEST_CASE("what is no list of texts is not touched", "[ctl]") {
  for (const char* text :
       {"credential-helpers = 1\n", "credential-helpers = [1]\n", "credential-helpers = [\"a\"",
        "credential-helpers =", "credential-helpers = [\"a"})
    CHECK_FALSE(ctl::rows::containers_file.add(text, kWanted));
}

TEST_CASE("the helper is taken out of the list, and nothing else", "[ctl]") {
  CHECK(removed("credential-helpers = [\"a\", \"scoped\"]\n") == "credential-helpers = [\"a\"]\n");
  CHECK(removed("credential-helpers = [\"scoped\", \"a\"]\n") == "credential-helpers = [\"a\"]\n");
  CHECK(removed("credential-helpers = [\"scoped\"]\n") == "credential-helpers = []\n");
  CHECK(removed("credential-helpers = [\"a\"]\n") == "unchanged");
  CHECK(removed("") == "unchanged");
}

TEST_CASE("a drop-in is made where there is no registries.conf, which would hide the system's", "[ctl]") {
  const auto& row = ctl::rows::containers_file;
  const FixedEnvironment home = at_home();
  CHECK(row.path({home, false, {}, [](const std::string&) { return false; }}).value() ==
        "/h/.config/containers/registries.conf.d/scoped.conf");
  CHECK(row.path({home, false, {}, [](const std::string&) { return true; }}).value() ==
        "/h/.config/containers/registries.conf");
  CHECK(row.path({home, true, {}, [](const std::string&) { return true; }}).value() ==
        "/etc/containers/registries.conf");
}
