// Not tested here: reading and writing the file (edit_test.cpp).
#include "agent/ctl/clients/client_file.h"
#include "tests/support/catch.h"

#include <array>

using namespace scoped;
using ctl::Splice;
using ctl::Wanted;

namespace {

const Wanted kWanted{"reg.azurecr.io"};

FixedEnvironment at_home(const std::string& docker_config = "") {
  std::map<std::string, std::string> variables{{"HOME", "/h"}};
  if (!docker_config.empty()) variables["DOCKER_CONFIG"] = docker_config;
  return FixedEnvironment(variables);
}

Result<std::optional<Splice>> add(std::string_view text, const Wanted& wanted = kWanted) {
  return ctl::rows::docker_file.add(text, wanted);
}

std::string added(std::string_view text, const Wanted& wanted = kWanted) {
  const auto splice = add(text, wanted);
  REQUIRE(splice);
  REQUIRE(*splice);
  const std::string result = ctl::carry_out(text, **splice);
  CHECK(ctl::take_back(result, **splice) == std::string(text));
  return result;
}

std::string removed(std::string_view text, const Wanted& wanted = kWanted) {
  const auto splice = ctl::rows::docker_file.remove(text, wanted);
  REQUIRE(splice);
  return *splice ? ctl::carry_out(text, **splice) : "unchanged";
}

}  // namespace

TEST_CASE("an entry is added in the layout of the file, and taken back to the byte", "[ctl]") {
  struct Row {
    const char* sentence;
    const char* before;
    const char* after;
  };
  constexpr std::array kRows = {
      Row{"no file", "", "{\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": \"scoped\"\n\t}\n}\n"},
      Row{"nothing but blanks", " \n",
          "{\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": \"scoped\"\n\t}\n}\n"},
      Row{"an empty object", "{}", "{\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": \"scoped\"\n\t}\n}"},
      Row{"an empty object on two lines", "{\n}\n",
          "{\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": \"scoped\"\n\t}\n}\n"},
      Row{"tabs, as Docker writes", "{\n\t\"auths\": {\n\t\t\"x\": {}\n\t}\n}",
          "{\n\t\"auths\": {\n\t\t\"x\": {}\n\t},\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": "
          "\"scoped\"\n\t}\n}"},
      Row{"two blanks", "{\n  \"a\": 1\n}\n",
          "{\n  \"a\": 1,\n  \"credHelpers\": {\n    \"reg.azurecr.io\": \"scoped\"\n  }\n}\n"},
      Row{"one line", R"({"a": 1})", R"({"a": 1,"credHelpers": {"reg.azurecr.io": "scoped"}})"},
      Row{"other helpers", "{\n\t\"credHelpers\": {\n\t\t\"x\": \"ecr-login\"\n\t},\n\t\"z\": 1\n}",
          "{\n\t\"credHelpers\": {\n\t\t\"x\": \"ecr-login\",\n\t\t\"reg.azurecr.io\": "
          "\"scoped\"\n\t},\n\t\"z\": 1\n}"},
      Row{"no helper yet", "{\n\t\"credHelpers\": {}\n}",
          "{\n\t\"credHelpers\": {\n\t\t\"reg.azurecr.io\": \"scoped\"\n\t}\n}"},
      Row{"Windows lines", "{\r\n  \"a\": 1\r\n}\r\n",
          "{\r\n  \"a\": 1,\r\n  \"credHelpers\": {\r\n    \"reg.azurecr.io\": \"scoped\"\r\n  }\r\n}\r\n"},
  };
  for (const Row& row : kRows) {
    INFO(row.sentence);
    CHECK(added(row.before) == row.after);
  }
}

TEST_CASE("an entry that is there is left as it is", "[ctl]") {
  CHECK_FALSE(add(R"({"credHelpers":{"reg.azurecr.io":"scoped"}})").value());
}

TEST_CASE("another helper gives way only when that is said, and comes back", "[ctl]") {
  constexpr const char* kText = R"({"credHelpers":{"reg.azurecr.io":"acr-env"}})";
  const auto refused = add(kText);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK(refused.error().line().find("acr-env") != std::string::npos);
  CHECK(added(kText, {"reg.azurecr.io", "scoped", true}) == R"({"credHelpers":{"reg.azurecr.io":"scoped"}})");
}

TEST_CASE("a file that Docker would not read is not touched", "[ctl]") {
  for (const char* text :
       {"{", "[]", "{\"credHelpers\": []}", "{} x", "// c\n{}", "{\"credHelpers\": {\"a\": \"b\",}}"})
    CHECK_FALSE(add(text));
}

TEST_CASE("an entry is found and taken out whoever has written the file since", "[ctl]") {
  CHECK(removed(R"({"credHelpers":{"reg.azurecr.io":"scoped"}})") == "{}");
  CHECK(removed(R"({"credHelpers":{"a":"b","reg.azurecr.io":"scoped"}})") == R"({"credHelpers":{"a":"b"}})");
  CHECK(removed(R"({"credHelpers":{"reg.azurecr.io":"scoped", "z":"b"}})") == R"({"credHelpers":{"z":"b"}})");
  CHECK(removed(R"({"a":1, "credHelpers":{"reg.azurecr.io":"scoped"}, "z":2})") == R"({"a":1, "z":2})");
  CHECK(removed(R"({"credHelpers":{"reg.azurecr.io":"scoped"}, "z":2})") == R"({"z":2})");
}

TEST_CASE("what is not ours is not taken out", "[ctl]") {
  CHECK(removed("") == "unchanged");
  CHECK(removed("{}") == "unchanged");
  CHECK(removed(R"({"credHelpers":{"reg.azurecr.io":"acr-env"}})") == "unchanged");
  CHECK(removed(R"({"credHelpers":{"other.io":"scoped"}})") == "unchanged");
}

TEST_CASE("the helper for every registry is added in the layout of the file, and taken back to the byte",
          "[ctl]") {
  struct Row {
    const char* before;
    const char* after;
  };
  constexpr std::array kRows = {
      Row{"", "{\n\t\"credsStore\": \"scoped\"\n}\n"},
      Row{"{}", "{\n\t\"credsStore\": \"scoped\"\n}"},
      Row{R"({"a": 1})", R"({"a": 1,"credsStore": "scoped"})"},
      Row{"{\n  \"a\": {}\n}\n", "{\n  \"a\": {},\n  \"credsStore\": \"scoped\"\n}\n"},
      Row{R"({"credsStore": ""})", R"({"credsStore": "scoped"})"},
  };
  for (const Row& row : kRows) {
    INFO(row.before);
    const auto splice = ctl::rows::docker_store_file.add(row.before, kWanted);
    REQUIRE(splice);
    REQUIRE(*splice);
    const std::string after = ctl::carry_out(row.before, **splice);
    CHECK(after == row.after);
    CHECK(ctl::take_back(after, **splice) == std::string(row.before));
    CHECK_FALSE(ctl::rows::docker_store_file.add(after, kWanted).value());
    CHECK(ctl::rows::docker_store_file.remove(after, kWanted).value());
  }
}

TEST_CASE("another store of all logins never gives way", "[ctl]") {
  const auto refused =
      ctl::rows::docker_store_file.add(R"({"credsStore": "desktop"})", {"reg.azurecr.io", "scoped", true});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::conflict);
  CHECK(refused.error().line().find("\"desktop\"") != std::string::npos);
  CHECK_FALSE(ctl::rows::docker_store_file.remove(R"({"credsStore": "desktop"})", kWanted).value());
}

TEST_CASE("Docker's own keyring helper gives way where its logins are read, if that is said", "[ctl]") {
  const std::string before = R"({"auths": {"ghcr.io": {}}, "credsStore": "secretservice"})";
  const auto add = [&](bool replace, bool reads) {
    ctl::Wanted wanted{"reg.azurecr.io", "scoped", replace};
    wanted.reads_secretservice = reads;
    return ctl::rows::docker_store_file.add(before, wanted);
  };
  for (const auto& [replace, reads] : {std::pair{false, false}, {false, true}, {true, false}}) {
    const auto refused = add(replace, reads);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().line().find("--replace") != std::string::npos);
  }
  const auto splice = add(true, true);
  REQUIRE(splice);
  const std::string after = ctl::carry_out(before, **splice);
  CHECK(after == R"({"auths": {"ghcr.io": {}}, "credsStore": "scoped"})");
  CHECK(ctl::take_back(after, **splice) == before);
}

TEST_CASE("Docker's file is where $DOCKER_CONFIG says, else at home, and there is none for all", "[ctl]") {
  const auto& row = ctl::rows::docker_file;
  const auto never = [](const std::string&) { return false; };
  CHECK(row.path({at_home(), false, {}, never}).value() == "/h/.docker/config.json");
  CHECK(row.path({at_home("/d"), false, {}, never}).value() == "/d/config.json");
  CHECK_FALSE(row.path({FixedEnvironment({}), false, {}, never}));
  CHECK_FALSE(row.path({at_home(), true, {}, never}));
}
