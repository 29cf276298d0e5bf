// Not tested here: where values come from (parse_test) and how they are written (dump_test).
#include "common/json/value.h"

#include "tests/support/catch.h"

using namespace scoped;
using json::Reader;

namespace {

const json::Value kDocument = json::parse(R"({
  "text": "t", "empty": "", "number": 42, "digits": "1700000000", "real": 1.5, "yes": true,
  "null": null, "list": [1, 2], "object": {"inner": {"leaf": "l"}}, "not digits": "12a",
  "negative": "-5", "plus": "+5", "huge": "9223372036854775808", "blank": " 1"})")
                                  .value();

Reader reader() { return Reader::of(kDocument, "answer of ARM").value(); }

template <typename T>
std::string problem_of(const Result<T>& result) {
  if (result) return "accepted";
  return result.error().code() == ErrorCode::invalid_input ? result.error().line() : "another code";
}

}  // namespace

TEST_CASE("typed access gives the value", "[json]") {
  CHECK(reader().text("text").value() == "t");
  CHECK(reader().text("empty").value().empty());
  CHECK(reader().integer("number").value() == 42);
  CHECK(reader().integer("digits").value() == 1'700'000'000);
  CHECK(reader().boolean("yes").value());
  CHECK(reader().array("list").value()->size() == 2);
  CHECK(reader().object("object").value().object("inner").value().text("leaf").value() == "l");
}

TEST_CASE("typed access names what is missing or wrong", "[json]") {
  CHECK(problem_of(reader().text("expiry")) == "answer of ARM: 'expiry' is missing");
  CHECK(problem_of(reader().integer("expiry")) == "answer of ARM: 'expiry' is missing");
  CHECK(problem_of(reader().object("expiry")) == "answer of ARM: 'expiry' is missing");
  CHECK(problem_of(reader().text("number")) == "answer of ARM: 'number' is a number, expected a text");
  CHECK(problem_of(reader().text("null")) == "answer of ARM: 'null' is null, expected a text");
  CHECK(problem_of(reader().integer("yes")) ==
        "answer of ARM: 'yes' is true or false, expected a whole number");
  CHECK(problem_of(reader().integer("real")) == "answer of ARM: 'real' is a number, expected a whole number");
  CHECK(problem_of(reader().boolean("list")) == "answer of ARM: 'list' is a list, expected true or false");
  CHECK(problem_of(reader().object("text")) == "answer of ARM: 'text' is a text, expected an object");
  CHECK(problem_of(reader().array("object")) == "answer of ARM: 'object' is an object, expected a list");
}

TEST_CASE("an error inside an object names the way to it", "[json]") {
  const Reader inner = reader().object("object").value().object("inner").value();
  CHECK(problem_of(inner.integer("leaf")) ==
        "answer of ARM: 'object': 'inner': 'leaf' is a text, expected a whole number");
}

TEST_CASE("a text is a number only when it is digits alone", "[json]") {
  const char* key = GENERATE("empty", "not digits", "negative", "plus", "huge", "blank");
  CAPTURE(key);
  CHECK_FALSE(reader().integer(key));
}

TEST_CASE("absent and null give the fallback, a wrong type does not", "[json]") {
  CHECK(reader().text_or("expiry", "f").value() == "f");
  CHECK(reader().text_or("null", "f").value() == "f");
  CHECK(reader().text_or("text", "f").value() == "t");
  CHECK_FALSE(reader().text_or("number", "f"));
  CHECK(reader().integer_or("expiry", 7).value() == 7);
  CHECK(reader().integer_or("null", 7).value() == 7);
  CHECK(reader().integer_or("number", 7).value() == 42);
  CHECK_FALSE(reader().integer_or("text", 7));
  CHECK(reader().has("yes"));
  CHECK_FALSE(reader().has("null"));
  CHECK_FALSE(reader().has("expiry"));
}

TEST_CASE("a document that is no object cannot be read by name", "[json]") {
  CHECK(problem_of(Reader::of(json::Array(), "answer of ARM")) ==
        "answer of ARM is a list, expected an object");
  CHECK(problem_of(Reader::of(json::Value(), "record")) == "record is null, expected an object");
}

TEST_CASE("a path ends at the first thing that is not there", "[json]") {
  REQUIRE(kDocument.at({"object", "inner", "leaf"}) != nullptr);
  CHECK(*kDocument.at({"object", "inner", "leaf"})->text() == "l");
  CHECK(kDocument.at({}) == &kDocument);
  CHECK(kDocument.at({"object", "other", "leaf"}) == nullptr);
  CHECK(kDocument.at({"text", "inner"}) == nullptr);
  CHECK(json::Value().at({"a"}) == nullptr);
}

TEST_CASE("an object keeps its order while members are replaced and erased", "[json]") {
  json::Object object;
  CHECK(object.empty());
  object.set("b", 1);
  object.set("a", 2);
  object.set("b", "x");
  CHECK(json::dump(object) == R"({"b":"x","a":2})");
  *object.find("a") = true;
  CHECK(object.erase("b"));
  CHECK_FALSE(object.erase("b"));
  CHECK(object.find("b") == nullptr);
  CHECK(object.size() == 1);
  CHECK(json::dump(object) == R"({"a":true})");
}

TEST_CASE("a value answers for its own type alone", "[json]") {
  const json::Value text("x");
  CHECK(text.type() == json::Type::text);
  CHECK(text.text() != nullptr);
  CHECK(text.integer() == nullptr);
  CHECK(text.boolean() == nullptr);
  CHECK(text.real() == nullptr);
  CHECK(text.array() == nullptr);
  CHECK(text.object() == nullptr);
  CHECK(text.line() == 0);
  CHECK(json::Value(std::string_view("x")).type() == json::Type::text);
  CHECK(json::Value(1).type() == json::Type::integer);
  CHECK(json::Value(1.0).type() == json::Type::real);
  CHECK(json::Value(false).type() == json::Type::boolean);
  CHECK(json::Value().type() == json::Type::null);
}
