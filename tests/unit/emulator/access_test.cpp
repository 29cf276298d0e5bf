// Scopes and what is granted of them. Not tested here: who may ask (login_test.cpp).
#include "tests/emulator/access.h"

#include "tests/support/catch.h"

using namespace scoped::emulator;

namespace {

using Texts = std::vector<std::string>;

// "repository:a:pull,push registry:catalog:*", to compare in one line.
std::string text_of(const std::vector<Scope>& scopes) {
  std::string text;
  for (const Scope& scope : scopes) {
    text += (text.empty() ? "" : " ") + scope.type + ":" + scope.name + ":";
    for (size_t i = 0; i < scope.actions.size(); ++i) text += (i == 0 ? "" : ",") + scope.actions[i];
  }
  return text;
}

std::string granted(const Texts& scope_map, const Texts& wanted) {
  std::vector<Scope> scopes;
  for (const std::string& text : wanted) {
    auto scope = parse_scope(text);
    REQUIRE(scope);
    scopes.push_back(*scope);
  }
  return text_of(grant(scope_map, scopes));
}

const Texts kPull = {"repositories/demo/app/content/read"};
const Texts kPush = {"repositories/demo/app/content/read", "repositories/demo/app/content/write"};

}  // namespace

TEST_CASE("a scope is a type, a name that may hold colons, and actions", "[emulator]") {
  const auto scope = parse_scope("repository:host:5000/a/b:pull,push");
  REQUIRE(scope);
  CHECK(scope->type == "repository");
  CHECK(scope->name == "host:5000/a/b");
  CHECK(scope->actions == Texts{"pull", "push"});
}

TEST_CASE("a scope without a type, a name or an action is none", "[emulator]") {
  for (const char* bad :
       {"", "repository", "repository:a", ":a:pull", "repository::pull", "repository:a:", "repository:a:,"}) {
    INFO(bad);
    CHECK_FALSE(parse_scope(bad));
  }
}

TEST_CASE("what is granted is the wanted part of what the scope map allows", "[emulator]") {
  CHECK(granted(kPush, {"repository:demo/app:pull,push"}) == "repository:demo/app:pull,push");
  CHECK(granted(kPush, {"repository:demo/app:pull"}) == "repository:demo/app:pull");
  CHECK(granted(kPull, {"repository:demo/app:push,pull"}) == "repository:demo/app:pull");
  CHECK(granted(kPull, {"repository:demo/app:push"}).empty());
  CHECK(granted(kPull, {"repository:demo/other:pull"}).empty());
  CHECK(granted(kPull, {}).empty());
}

TEST_CASE("each of several scopes is granted for itself, as a mount asks", "[emulator]") {
  CHECK(granted(kPush, {"repository:demo/app:push,pull", "repository:other/app:pull"}) ==
        "repository:demo/app:pull,push");
}

TEST_CASE("every action of a scope map has its word in Docker's language", "[emulator]") {
  const Texts all = {"repositories/a/content/read", "repositories/a/content/write",
                     "repositories/a/content/delete", "repositories/a/metadata/read",
                     "repositories/a/metadata/write"};
  CHECK(actions_on(all, "a") == Texts{"pull", "push", "delete", "metadata_read", "metadata_write"});
  CHECK(granted(all, {"repository:a:*"}) == "repository:a:pull,push,delete,metadata_read,metadata_write");
}

TEST_CASE("an asterisk gives no more than the scope map", "[emulator]") {
  CHECK(granted(kPull, {"repository:demo/app:*"}) == "repository:demo/app:pull");
}

TEST_CASE("permissions of all entries that cover a repository add up, without repetition", "[emulator]") {
  const Texts map = {"repositories/*/metadata/read", "repositories/demo/*/content/read",
                     "repositories/demo/app/content/read", "repositories/demo/app/content/write"};
  CHECK(actions_on(map, "demo/app") == Texts{"pull", "push", "metadata_read"});
  CHECK(actions_on(map, "demo/new") == Texts{"pull", "metadata_read"});
  CHECK(actions_on(map, "elsewhere") == Texts{"metadata_read"});
}

TEST_CASE("the catalog is for a root wildcard alone", "[emulator]") {
  CHECK(granted({"repositories/*/content/read"}, {"registry:catalog:*"}) == "registry:catalog:*");
  CHECK(granted({"repositories/demo/*/content/read"}, {"registry:catalog:*"}).empty());
  CHECK(granted(kPush, {"registry:catalog:*"}).empty());
}

TEST_CASE("a gateway action and a name that is no repository grant nothing", "[emulator]") {
  CHECK(granted({"gateway/edge01/config/read"}, {"repository:edge01:pull", "registry:catalog:*"}).empty());
  CHECK(granted({"repositories/*/content/read"}, {"repository:Demo:pull", "repository:a/../b:pull"}).empty());
  CHECK(granted({"repositories/*/content/read"}, {"robot:demo:pull"}).empty());
}
