// The table of publishers, row by row.
#include "agent/publish/publisher.h"

#include "agent/publish/ledger.h"
#include "common/base/file.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>
#include <set>

using namespace scoped;
using namespace scoped::publish;

TEST_CASE("every publisher has a name, a sentence, documented settings and a token", "[publish]") {
  std::set<std::string_view> names;
  for (const Type& type : types()) {
    INFO(type.name);
    CHECK(names.insert(type.name).second);
    CHECK(type.doc.ends_with('.'));
    CHECK(type.make != nullptr);
    CHECK(type.meet != nullptr);
    for (const config::Setting& row : type.settings) CHECK(row.doc.ends_with('.'));
    const auto token = std::find_if(type.settings.begin(), type.settings.end(),
                                    [](const config::Setting& row) { return row.name == "token"; });
    REQUIRE(token != type.settings.end());
    CHECK(token->required);
    CHECK(token->kind == config::Kind::token);
  }
}

namespace {

config::Typed pods(const std::string& name, const std::string& token,
                   const std::vector<std::string>& namespaces) {
  config::Typed settings;
  settings.name = name;
  settings.type = "kubernetes_secret";
  settings.origin = {"c", 7, false};
  settings.values = {{"token", token}, {"secret", "pull"}};
  if (!namespaces.empty()) settings.values["namespaces"] = namespaces;
  return settings;
}

std::string problem(const config::Typed& one, const config::Typed& other) {
  const auto checked = check_publishers({{"one", one}, {"other", other}});
  return checked ? "none" : checked.error().line();
}

}  // namespace

TEST_CASE("two tokens of a registry do not go into one place", "[publish]") {
  const config::Typed blue = pods("one", "r.io/blue", {"a", "b"});
  CHECK(problem(blue, pods("other", "r.io/green", {"b", "c"})) ==
        "c:7: publisher 'other' would put another token of 'r.io' where 'one' puts one, and a client finds "
        "only one there: name another place");
  CHECK(problem(blue, pods("other", "r.io/green", {})) != "none");  // by a selector
  CHECK(problem(blue, pods("other", "r.io/green", {"c"})) == "none");
  CHECK(problem(blue, pods("other", "r.io/blue", {"b"})) == "none");
  CHECK(problem(blue, pods("other", "other.io/green", {"b"})) == "none");
  config::Typed elsewhere = pods("other", "r.io/green", {"b"});
  elsewhere.values["kubeconfig"] = "/x";
  CHECK(problem(blue, elsewhere) == "none");
}

TEST_CASE("who has which generation outlives a restart, and damage is told", "[publish]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.path();
  CHECK(read_ledger(path) == Ledger());
  const Ledger ledger = {{{"pods", "a/pull"}, 3}, {{"pods", "b/pull"}, 2}, {{"file", "/x"}, 1}};
  REQUIRE(write_ledger(path, ledger));
  CHECK(read_ledger(path) == ledger);
  for (const char* text : {"", "[]", "{\"list\": 1}", R"({"list": [{"publisher": "x"}]})"}) {
    REQUIRE(write_file_atomically(path + "/published.json", text, 0600));
    CHECK_FALSE(read_ledger(path));
  }
}
