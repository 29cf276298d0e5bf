// Not tested here: what no parser takes (parse_test.cpp); editing real files (tests/unit/ctl/clients).
#include "common/json/spans.h"

#include "tests/support/catch.h"

using namespace scoped;

namespace {

std::string value_at(std::string_view text, std::initializer_list<std::string_view> path,
                     std::string_view key) {
  const auto object = json::find_object(text, path);
  REQUIRE(object);
  REQUIRE(*object);
  const json::MemberSpan* member = (*object)->find(key);
  if (member == nullptr) return "absent";
  return std::string(text.substr(member->value_begin, member->value_end - member->value_begin));
}

}  // namespace

TEST_CASE("members are found with the bytes of their values", "[json]") {
  constexpr std::string_view kText =
      " { \"a\" : [1, {\"b\": \"]}\"}] ,\n\"c\\u0064\":\"x\\\"}\" , \"e\":{\"f\":-1.5e3,\"g\":null} } ";
  CHECK(value_at(kText, {}, "a") == R"([1, {"b": "]}"}])");
  CHECK(value_at(kText, {}, "cd") == R"("x\"}")");
  CHECK(value_at(kText, {"e"}, "f") == "-1.5e3");
  CHECK(value_at(kText, {"e"}, "g") == "null");
  CHECK(value_at(kText, {}, "b") == "absent");
}

TEST_CASE("braces are where the object begins and ends", "[json]") {
  constexpr std::string_view kText = R"({"a":{ } })";
  const auto object = json::find_object(kText, {"a"}).value().value();
  CHECK(kText.substr(object.open, object.close - object.open + 1) == "{ }");
  CHECK(object.members.empty());
}

TEST_CASE("a key that is not there is nothing, a value that is no object an error", "[json]") {
  CHECK_FALSE(json::find_object("{}", {"a"}).value());
  CHECK(json::find_object(R"({"a": []})", {"a"}).error().line() == "'a' is not an object");
  CHECK(json::find_object("[{}]", {}).error().line() == "the document is not an object");
  CHECK(json::find_object("\"{\"", {}).error().line() == "the document is not an object");
}

TEST_CASE("what is no JSON is refused before anything is looked for", "[json]") {
  for (const char* text :
       {"", "{", "{\"a\":1", "{} {}", "{'a':1}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "{\"a\" 1}"})
    CHECK_FALSE(json::find_object(text, {}));
}
