// Names that refer to something, several files, and the two levels. Not tested here: which files are read
// (files_test).
#include "tests/support/catch.h"
#include "tests/unit/config/scene.h"

using namespace scoped;
using namespace scoped::config;
using namespace scoped::config::test;

namespace {

const std::string kStore = R"("stores": {"corp": {"type": "sealed_file", "path": "/x", "key": "file:/k"}})";

std::string system_and_user(const std::string& system, const std::string& user) {
  return problems_of(load({{"/etc/c", system, true}, {"~/c", user, false}}));
}

}  // namespace

TEST_CASE("a name that nothing defines is told with the nearest that is", "[config]") {
  struct Row {
    const char* text;
    const char* said;
  };
  const Row rows[] = {
      {R"({"registries": {"r": {"store": "corp"}}})", "c:1: store 'corp' is not defined\n"},
      {R"({"registries": {"r": {"default_token": "alhpa", "tokens": {"alpha": {}}}}})",
       "c:1: token 'alhpa' is not defined: did you mean 'alpha'?\n"},
      {R"({"registries": {"r": {"default_token": "alpha"}}})", "c:1: token 'alpha' is not defined\n"},
      {R"({"registries": {"r": {"control": {"type": "acr", "resource_id": "/x", "identity": "me"}}}})",
       "c:1: identity 'me' is not defined\n"},
      {R"({"registries": {"r": {"scope_maps": {"cicd-scope": {}}, "tokens": {"alpha": {"scope_map": "cicd-scpoe"}}}}})",
       "c:1: scope map 'cicd-scpoe' is not defined: did you mean 'cicd-scope'?\n"},
      {R"({"registries": {"r": {}}, "profiles": {"ci": {"q": "alpha"}}})",
       "c:1: registry 'q' is not defined: known are 'r'\n"},
      {R"({"registries": {"r": {"tokens": {"alpha": {}}}}, "profiles": {"ci": {"r": "bravo"}}})",
       "c:1: token 'bravo' is not defined: known are 'alpha'\n"},
      {R"({"registries": {"r": {"tokens": {"alpha": {}}}}, "agent": {"listeners": {"x": {"type": "container", "token": "r/alphx"}}}})",
       "c:1: token 'alphx' is not defined: did you mean 'alpha'?\n"},
      {R"({"agent": {"listeners": {"x": {"type": "container", "token": "r/alpha"}}}})",
       "c:1: registry 'r' is not defined\n"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(problems(row.text) == row.said);
  }
}

TEST_CASE("a scope map that only the registry knows may be named", "[config]") {
  CHECK(problems(R"({"registries": {"r": {"scope_maps": {"cicd-scope": {}},
    "tokens": {"alpha": {"scope_map": "_repositories_pull"}, "bravo": {"scope_map": "made-by-hand"}}}}})")
            .empty());
}

TEST_CASE("the built-in store needs no definition", "[config]") {
  CHECK(problems(R"({"registries": {"r": {"store": "default"}, "s": {}}})").empty());
}

TEST_CASE("names are resolved over all files of a level, in any order", "[config]") {
  const std::string uses = R"({"registries": {"r": {"store": "corp"}}})";
  CHECK(problems_of(load({{"a", uses}, {"b", "{" + kStore + "}"}})).empty());
  CHECK(problems_of(load({{"a", "{" + kStore + "}"}, {"b", uses}})).empty());
}

TEST_CASE("problems of several files stand file by file, in the order of reading", "[config]") {
  CHECK(problems_of(load({{"b", "{\n\"x\": 1}"}, {"a", R"({"y": 1})"}, {"c", R"({"registries": 1})"}})) ==
        "b:2: unknown key 'x': known are 'registries', 'profiles', 'stores', 'identities', 'publishers', "
        "'agent', 'copies'\n"
        "a:1: unknown key 'y': known are 'registries', 'profiles', 'stores', 'identities', 'publishers', "
        "'agent', 'copies'\n"
        "c:1: 'registries' is a number, expected an object\n");
}

TEST_CASE("a file that is no JSON hides nothing of the others and blames them for nothing", "[config]") {
  const std::string said =
      problems_of(load({{"a", "{"}, {"b", R"({"registries": {"r": {"store": "corp", "stor": 1}}})"}}));
  CHECK(said.starts_with("a:1: "));
  CHECK(said.find("b:1: unknown key 'stor': did you mean 'store'?\n") != std::string::npos);
  CHECK(said.find("not defined") == std::string::npos);
}

TEST_CASE("two files may not define one object", "[config]") {
  CHECK(problems_of(load({{"a", "{" + kStore + "}"}, {"b", "{" + kStore + "}"}})) ==
        "b:1: store 'corp' is defined already at a:1\n");
  CHECK(
      problems(
          R"({"registries": {"Host": {"tokens": {"alpha": {}}}, "host:443": {"default_token": "bravo"}}})") ==
      "c:1: registry 'host' is defined already at c:1\n");
  CHECK(problems_of(load({{"a", R"({"profiles": {"ci": {}}})"}, {"b", R"({"profiles": {"ci": {}}})"}})) ==
        "b:1: profile 'ci' is defined already at a:1\n");
  CHECK(problems_of(load({{"a", R"({"copies": {"store_wait": "1s"}, "agent": {"duties": []}})"},
                          {"b", R"({"copies": {"store_wait": "1s"}, "agent": {"duties": []}})"}})) ==
        "b:1: 'duties' is given already at a:1\n"
        "b:1: 'store_wait' is given already at a:1\n");
  CHECK(
      problems(
          R"({"registries": {"r": {"tokens": {"alpha": {}}}}, "profiles": {"ci": {"r": "alpha", "R": "alpha"}}})") ==
      "c:1: profile 'ci' names 'r' twice\n");
}

TEST_CASE("a user's file may not define again what the system's define", "[config]") {
  for (const std::string text : {R"({"registries": {"r": {}}})", R"({"profiles": {"ci": {}}})",
                                 R"({"identities": {"me": {"type": "managed_identity"}}})"}) {
    INFO(text);
    const std::string said = system_and_user(text, text);
    CHECK(said.starts_with("~/c:1: "));
    CHECK(said.ends_with(" is the system's (/etc/c:1): a user's file may not define it again\n"));
  }
}

TEST_CASE("each level refers to its own objects only", "[config]") {
  CHECK(system_and_user("{" + kStore + "}", R"({"registries": {"r": {"store": "corp"}}})") ==
        "~/c:1: store 'corp' is the system's: a user's files may name only the user's own\n");
  CHECK(system_and_user(R"({"registries": {"r": {"store": "corp"}}})", "{" + kStore + "}") ==
        "/etc/c:1: store 'corp' is a user's: the system's files may name only the system's\n");
  CHECK(system_and_user(R"({"registries": {"r": {"tokens": {"alpha": {}}}}})",
                        R"({"profiles": {"ci": {"r": "alpha"}}})") ==
        "~/c:1: registry 'r' is the system's: a user's files may name only the user's own\n");
  CHECK(system_and_user(R"({"stores": {"default": {"type": "sealed_file", "path": "/x", "key": "file:/k"}}})",
                        R"({"registries": {"r": {}}})") ==
        "~/c:1: store 'default' is the system's: a user's files may name only the user's own\n");
}

TEST_CASE("a user's objects are added to the system's, and a user's agent is the user's", "[config]") {
  const Loaded loaded =
      load({{"/etc/c", R"({"registries": {"r": {}}, "agent": {"duties": ["rotate"]},
                                             "copies": {"store_wait": "1s"}})",
             true},
            {"~/c", R"({"registries": {"s": {}}, "agent": {"listeners": {"h": {"type": "host"}}},
                                          "copies": {"store_wait": "2s"}})",
             false}});
  REQUIRE(loaded.config);
  CHECK(loaded.config->registries.at("r").origin.system);
  CHECK_FALSE(loaded.config->registries.at("s").origin.system);
  CHECK(loaded.config->agent.duties == std::set<std::string>{"broker", "watch"});
  CHECK(loaded.config->agent.listeners.size() == 1);
  CHECK(loaded.config->copies.store_wait == std::chrono::seconds(2));
}
