// Locks of repositories, tags and manifests. Not tested here: that nginx asks for them (tests/az/cli.py).
#include "tests/emulator/locks.h"

#include "tests/emulator/state_json.h"
#include "tests/unit/emulator/stored.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

// A registry with the repository "demo" and its tag "v1".
class Locked {
 public:
  Locked() {
    digest = stored.add("demo", kImage);
    stored.tag("demo", "v1", digest);
    world.emplace("", stored.folder());
  }
  Answer patch(const std::string& path, const std::string& body) {
    return world->door("PATCH", "/acr/v1/demo" + path, bearer(*world, "demo", "metadata_write"), body);
  }
  Answer get(const std::string& path) {
    return world->get("/acr/v1/demo" + path, bearer(*world, "demo", "metadata_read"));
  }
  int remove(const std::string& path) {
    return world->door("DELETE", "/acr/v1/demo" + path, bearer(*world, "demo", "delete")).status;
  }
  // What nginx is told of a request to Distribution.
  int check(const std::string& method, const std::string& target,
            const std::string& address = std::string(kLockCheck)) {
    const RouteTable tables[] = {kLocks};
    const Fields headers = {{std::string(kOriginalMethod), method}, {std::string(kOriginalTarget), target}};
    return world->site.serve(make_request("GET", address, headers, "").value(), tables, kLogin).status;
  }

  Stored stored;
  std::string digest;
  std::optional<World> world;
};

const std::string kReadOnly = R"({"writeEnabled":false,"deleteEnabled":false})";

}  // namespace

TEST_CASE("attributes of a repository, a tag and a manifest are changed and shown", "[emulator]") {
  Locked l;
  for (const std::string& path : {std::string(), std::string("/_tags/v1"), "/_manifests/" + l.digest}) {
    INFO(path);
    CHECK_THAT(l.get(path).body, Contains(R"("deleteEnabled":true,"writeEnabled":true)"));
    const Answer patched = l.patch(path, kReadOnly);
    CHECK(patched.status == 200);
    const std::string now =
        R"("deleteEnabled":false,"writeEnabled":false,"readEnabled":true,"listEnabled":true)";
    CHECK_THAT(patched.body, Contains(now));
    CHECK_THAT(l.get(path).body, Contains(now));
    CHECK(l.patch(path, R"({"writeEnabled":true,"deleteEnabled":true})").status == 200);
    CHECK_THAT(l.get(path).body, Contains(R"("deleteEnabled":true)"));
  }
  CHECK(l.world->site.model.contents().attributes.empty());
}

TEST_CASE("what is locked is not deleted", "[emulator]") {
  for (const std::string path : {"", "/_tags/v1", "/_manifests/"}) {
    Locked l;
    REQUIRE(l.patch(path.ends_with("s/") ? path + l.digest : path, kReadOnly).status == 200);
    CHECK(l.remove("/_tags/v1") == 405);
    CHECK(l.remove("") == 405);
    CHECK(l.check("DELETE", "/v2/demo/manifests/" + l.digest) == 403);
  }
}

TEST_CASE("nginx is told what a lock forbids and no more", "[emulator]") {
  Locked l;
  REQUIRE(l.patch("/_tags/v1", kReadOnly).status == 200);
  struct Row {
    const char* method;
    const char* target;
    int status;
  };
  for (const Row& row : {Row{"PUT", "/v2/demo/manifests/v1", 403},
                         {"PUT", "/v2/demo/manifests/v2", 204},
                         {"GET", "/v2/demo/manifests/v1", 204},
                         {"DELETE", "/v2/demo/manifests/v1", 403},
                         {"PUT", "/v2/other/manifests/v1", 204},
                         {"PUT", "/v2/demo/blobs/v1", 204},
                         {"POST", "/v2/demo/manifests/v1", 204},
                         {"PUT", "/v2/demo/%zz/manifests/v1", 204}}) {
    INFO(row.method << " " << row.target);
    CHECK(l.check(row.method, row.target) == row.status);
  }
  CHECK(l.check("PUT", "/v2/demo/manifests/v1", std::string(kLocked)) == 405);
  REQUIRE(l.patch("", R"({"readEnabled":false})").status == 200);
  CHECK(l.check("GET", "/v2/demo/manifests/v1") == 403);
  CHECK(l.check("HEAD", "/v2/demo/manifests/" + l.digest) == 403);
}

TEST_CASE("what is not to be listed is left out", "[emulator]") {
  Locked l;
  REQUIRE(l.patch("/_tags/v1", R"({"listEnabled":false})").status == 200);
  REQUIRE(l.patch("/_manifests/" + l.digest, R"({"listEnabled":false})").status == 200);
  CHECK_THAT(l.get("/_tags").body, Contains(R"("tags":[])"));
  CHECK_THAT(l.get("/_manifests").body, Contains(R"("manifests":[])"));
  REQUIRE(l.patch("", R"({"listEnabled":false})").status == 200);
  CHECK(l.world->get("/acr/v1/_catalog", bearer(*l.world, "catalog", "*", "registry")).body ==
        R"({"repositories":[]})");
}

TEST_CASE("an attribute needs a name, a value and something that has it", "[emulator]") {
  Locked l;
  CHECK(l.patch("", R"({"locked":true})").status == 400);
  CHECK(l.patch("", R"({"writeEnabled":"no"})").status == 400);
  CHECK(l.patch("", "x").status == 400);
  CHECK(l.patch("/_tags/v9", kReadOnly).status == 404);
  CHECK(l.patch("/_manifests/sha256:00", kReadOnly).status == 404);
  CHECK(l.world->door("PATCH", "/acr/v1/demo", bearer(*l.world, "demo", "metadata_read"), kReadOnly).status ==
        401);
  CHECK(l.world->site.model.contents().attributes.empty());
}

TEST_CASE("locks survive in the state, and end with what they lock", "[emulator]") {
  Locked l;
  REQUIRE(l.patch("/_tags/v1", R"({"writeEnabled":false})").status == 200);
  REQUIRE(l.patch("", R"({"writeEnabled":false})").status == 200);
  const auto again = read_state(write_state(l.world->site.model.contents()));
  REQUIRE(again);
  CHECK(again->attributes == l.world->site.model.contents().attributes);
  CHECK(l.remove("/_tags/v1") == 202);
  CHECK(l.world->site.model.contents().attributes.size() == 1);
  CHECK(l.remove("") == 202);
  CHECK(l.world->site.model.contents().attributes.empty());
}

TEST_CASE("nothing that was deleted is kept", "[emulator]") {
  Locked l;
  CHECK(
      l.world->get("/acr/v1/_deleted/_catalog", bearer(*l.world, "deleted_catalog", "*", "registry")).body ==
      R"({"repositories":[]})");
  CHECK(l.world->get("/acr/v1/_deleted/_catalog", bearer(*l.world, "demo", "pull")).status == 401);
}
