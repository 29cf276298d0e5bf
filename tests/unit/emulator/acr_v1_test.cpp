// /acr/v1 over a folder as Distribution leaves it. Not tested here: that Distribution leaves it so, which the
// tests with the real client show.
#include "tests/unit/emulator/stored.h"

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

std::string catalog_bearer(World& w) { return bearer(w, "catalog", "*", "registry"); }

}  // namespace

TEST_CASE("repositories are those that have a manifest", "[emulator]") {
  Stored stored;
  stored.add("demo/app", kImage);
  stored.add("demo", kImage);
  const std::string gone = stored.add("gone", kImage);
  stored.forget("gone", gone);
  World w("", stored.folder());
  const std::string all = R"({"repositories":["demo","demo/app"]})";
  CHECK(w.get("/acr/v1/_catalog", catalog_bearer(w)).body == all);
  CHECK(w.get("/v2/_catalog?n=100", catalog_bearer(w)).body == all);
  World empty;
  CHECK(empty.get("/acr/v1/_catalog", catalog_bearer(empty)).body == R"({"repositories":[]})");
}

TEST_CASE("a list of the data plane has pages that lead to each other", "[emulator]") {
  Stored stored;
  for (const char* name : {"a", "b", "c"}) stored.add(name, kImage);
  World w("", stored.folder());
  const Answer first = w.get("/acr/v1/_catalog?n=2", catalog_bearer(w));
  CHECK(first.body == R"({"repositories":["a","b"]})");
  CHECK(header(first, "Link") == R"(</acr/v1/_catalog?last=b&n=2&orderby=>; rel="next")");
  const Answer second = w.get("/acr/v1/_catalog?last=b&n=2&orderby=", catalog_bearer(w));
  CHECK(second.body == R"({"repositories":["c"]})");
  CHECK(header(second, "Link").empty());
  for (const char* query : {"n=0", "n=x", "n=-1", "n=99999999999999999999", "orderby=size"}) {
    INFO(query);
    CHECK(w.get(std::string("/acr/v1/_catalog?") + query, catalog_bearer(w)).status == 400);
  }
}

TEST_CASE("a repository tells its counts, its tags and its manifests", "[emulator]") {
  Stored stored;
  const std::string digest = stored.add("demo/app", kImage);
  stored.tag("demo/app", "v1", digest);
  stored.tag("demo/app", "v2", digest);
  World w("", stored.folder());
  const std::string read = bearer(w, "demo/app", "metadata_read");
  const Answer shown = w.get("/acr/v1/demo/app", read);
  CHECK(text_at(shown, {"imageName"}) == "demo/app");
  CHECK(*parsed(shown).at({"tagCount"})->integer() == 2);
  CHECK(*parsed(shown).at({"manifestCount"})->integer() == 1);
  CHECK_THAT(w.get("/acr/v1/demo/app/_tags?n=1&orderby=", read).body,
             Contains(R"("name":"v1")") && !Contains(R"("name":"v2")"));
  CHECK(text_at(w.get("/acr/v1/demo/app/_tags/v2", read), {"tag", "digest"}) == digest);
  const Answer manifest = w.get("/acr/v1/demo/app/_manifests/" + digest, read);
  CHECK(text_at(manifest, {"manifest", "mediaType"}) == "application/vnd.oci.image.manifest.v1+json");
  CHECK(*parsed(manifest).at({"manifest", "imageSize"})->integer() ==
        static_cast<int64_t>(std::string(kImage).size()) + 40);
  CHECK_THAT(manifest.body, Contains(R"("tags":["v1","v2"])"));
  CHECK_THAT(w.get("/acr/v1/demo/app/_manifests?orderby=timedesc", read).body, Contains(digest));
  CHECK(w.get("/acr/v1/demo/app/_tags/v3", read).status == 404);
  CHECK(w.get("/acr/v1/demo/app/_manifests/sha256:0", read).status == 404);
}

TEST_CASE("each endpoint of the data plane wants its own action", "[emulator]") {
  Stored stored;
  const std::string digest = stored.add("demo/app", kImage);
  stored.tag("demo/app", "v1", digest);
  World w("", stored.folder());
  struct Row {
    const char* method;
    std::string target;
    const char* scope;
  };
  for (const Row& row :
       {Row{"GET", "/acr/v1/_catalog", "registry:catalog:*"},
        {"GET", "/v2/_catalog", "registry:catalog:*"},
        {"GET", "/acr/v1/demo/app", "repository:demo/app:metadata_read"},
        {"GET", "/acr/v1/demo/app/_tags", "repository:demo/app:metadata_read"},
        {"GET", "/acr/v1/demo/app/_tags/v1", "repository:demo/app:metadata_read"},
        {"GET", "/acr/v1/demo/app/_manifests", "repository:demo/app:metadata_read"},
        {"GET", "/acr/v1/demo/app/_manifests/" + digest, "repository:demo/app:metadata_read"},
        {"DELETE", "/acr/v1/demo/app/_tags/v1", "repository:demo/app:delete"},
        {"DELETE", "/acr/v1/demo/app", "repository:demo/app:delete"}}) {
    INFO(row.method << " " << row.target);
    for (const std::string& authorization :
         {std::string(), bearer(w, "demo/app", "pull"), bearer(w, "other", "delete")}) {
      const Answer answer = w.door(row.method, row.target, authorization);
      CHECK(answer.status == 401);
      CHECK_THAT(header(answer, "WWW-Authenticate"), Contains(std::string("scope=\"") + row.scope + '"'));
    }
  }
  CHECK(w.get("/acr/v1/demo/app/_tags/v1", bearer(w, "demo/app", "metadata_read")).status == 200);
}

TEST_CASE("untagging leaves the manifest, and deleting a repository those below it", "[emulator]") {
  Stored stored;
  const std::string digest = stored.add("demo", kImage);
  stored.tag("demo", "v1", digest);
  stored.add("demo/app", kImage);
  World w("", stored.folder());
  const std::string may_delete = bearer(w, "demo", "delete");
  CHECK(w.door("DELETE", "/acr/v1/demo/_tags/v1", may_delete).status == 202);
  CHECK(w.door("DELETE", "/acr/v1/demo/_tags/v1", may_delete).status == 404);
  CHECK(w.get("/acr/v1/demo/_manifests/" + digest, bearer(w, "demo", "metadata_read")).status == 200);
  const Answer deleted = w.door("DELETE", "/acr/v1/demo", may_delete);
  CHECK(deleted.status == 202);
  CHECK_THAT(deleted.body, Contains(R"("manifestsDeleted":[")" + digest + '"'));
  CHECK(w.door("DELETE", "/acr/v1/demo", may_delete).status == 404);
  CHECK(w.get("/acr/v1/_catalog", catalog_bearer(w)).body == R"({"repositories":["demo/app"]})");
  const auto& events = w.site.events.of(Event::Table::repository);
  REQUIRE(events.size() == 3);  // of a repository that is not there nobody tells
  CHECK((events[0].operation == "Untag" && events[0].tag == "v1" && events[0].identity == "node-blue"));
  CHECK(events[1].status == 404);
  CHECK((events[2].operation == "Delete" && events[2].repository == "demo" && events[2].status == 202));
}

TEST_CASE("usages tell the bytes of all images", "[emulator]") {
  Stored stored;
  stored.add("demo", kImage);
  World w("", stored.folder());
  CHECK_THAT(w.arm("GET", "/listUsages").body,
             Contains(R"("name":"Size","limit":536870912000,"currentValue":)" +
                      std::to_string(std::string(kImage).size()) + R"(,"unit":"Bytes")"));
}

TEST_CASE("a path that is no repository's reaches no file", "[emulator]") {
  Stored stored;
  stored.add("demo", kImage);
  World w("", stored.folder());
  for (const char* target : {"/acr/v1/..", "/acr/v1/demo/%2e%2e", "/acr/v1/demo%2f..", "/acr/v1/demo/_tags",
                             "/acr/v1/demo/_tags/..", "/acr/v1/demo/_tags/%2e%2e%2f%2e%2e"}) {
    INFO(target);
    const int status = w.door("DELETE", target, bearer(w, "demo", "delete")).status;
    CHECK((status == 404 || status == 405));
  }
  CHECK_THAT(w.get("/acr/v1/_catalog", catalog_bearer(w)).body, Contains("demo"));
}

TEST_CASE("a manifest that cannot be read is shown as far as it is known", "[emulator]") {
  Stored stored;
  const std::string digest = stored.add("demo", "{ broken");
  World w("", stored.folder());
  const Answer answer = w.get("/acr/v1/demo/_manifests/" + digest, bearer(w, "demo", "metadata_read"));
  CHECK(answer.status == 200);
  CHECK(*parsed(answer).at({"manifest", "imageSize"})->integer() == 0);
}
