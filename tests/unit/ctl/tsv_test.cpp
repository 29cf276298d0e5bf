#include "agent/ctl/tsv.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using scoped::ctl::tsv_of;

namespace {

std::string shown(const char* text) { return tsv_of(json::parse(text).value()); }

}  // namespace

TEST_CASE("each object of the list is a line, its members are columns", "[ctl]") {
  CHECK(shown(R"({"tokens":[{"token":"a","slots":["x","y"],"n":1},{"token":"b","on":true,"n":2}]})") ==
        "a\tx,y\t1\t\nb\t\t2\ttrue\n");
}

TEST_CASE("members of members are columns too", "[ctl]") {
  CHECK(shown(R"({"name":"a","record":{"state":"ready","generation":3},"none":null})") == "a\tready\t3\t\n");
}

TEST_CASE("an empty list is no line, and no text breaks a line", "[ctl]") {
  CHECK(shown(R"({"tokens":[]})").empty());
  CHECK(shown(R"({"a":"x\ty\nz","b":"w"})") == "x?y?z\tw\n");
}
