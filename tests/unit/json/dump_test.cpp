// Not tested here: reading back what other programs write (parse_test), and that freed memory holds no text.
#include "common/json/list_writer.h"
#include "common/json/value.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace scoped;
using namespace std::literals;

namespace {

json::Value sample() {
  json::Object inner;
  inner.set("empty", json::Object());
  inner.set("none", json::Array());
  json::Object object;
  object.set("z", "first");
  object.set("a", json::Array{1, true, json::Value(), inner});
  return object;
}

}  // namespace

TEST_CASE("a document is one line with its members in order", "[json]") {
  CHECK(json::dump(sample()) == R"({"z":"first","a":[1,true,null,{"empty":{},"none":[]}]})");
}

TEST_CASE("a long list is written an element at a time as it would be as a whole", "[json]") {
  for (const size_t count : {size_t(0), size_t(1), size_t(3), size_t(5'000)}) {
    json::Array elements(count, sample());
    std::string text;
    size_t longest = 0;
    json::ListWriter writer("to\"kens", [&](std::string_view piece) {
      text += piece;
      longest = std::max(longest, piece.size());
    });
    for (const json::Value& element : elements) writer.add(json::element_text(element));
    writer.end();
    json::Object whole;
    whole.set("to\"kens", std::move(elements));
    CHECK(text == json::dump_pretty(whole));
    CHECK(longest < 70'000);
  }
}

TEST_CASE("a document for people has two blanks a level", "[json]") {
  CHECK(json::dump_pretty(sample()) == R"({
  "z": "first",
  "a": [
    1,
    true,
    null,
    {
      "empty": {},
      "none": []
    }
  ]
})");
  CHECK(json::dump_pretty(json::Object()) == "{}");
}

TEST_CASE("special characters are escaped and nothing else", "[json]") {
  const auto [text, quoted] = GENERATE(table<std::string_view, std::string_view>({
      {"", R"("")"},
      {"a/b<>&'", R"("a/b<>&'")"},
      {"\"\\", R"("\"\\")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x01\x0f\x10\x1f"sv, R"("\u0000\u0001\u000f\u0010\u001f")"},
      {"\x7f", "\"\x7f\""},
      {"\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80", "\"\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80\""},
  }));
  CAPTURE(text);
  CHECK(json::quote(text) == quoted);
  const auto back = json::parse(json::quote(text));
  REQUIRE(back);
  CHECK(*back->text() == text);
}

TEST_CASE("broken UTF-8 is replaced, one mark for each broken character", "[json]") {
  const auto [text, marks] = GENERATE(table<std::string_view, int>({
      {"\x80", 1},
      {"\xff\xfe", 2},
      {"\xc0\xaf", 2},          // overlong
      {"\xe0\x9f\xbf", 3},      // overlong
      {"\xed\xa0\x80", 3},      // surrogate
      {"\xf4\x90\x80\x80", 4},  // beyond U+10FFFF
      {"\xe2\x82", 1},          // cut
      {"\xf0\x9f\x98", 1},      // cut
      {"\xc3", 1},
  }));
  CAPTURE(text, marks);
  std::string expected = "\"a";
  for (int i = 0; i < marks; ++i) expected += "\xef\xbf\xbd";
  CHECK(json::quote("a" + std::string(text) + "b") == expected + "b\"");
  CHECK(json::quote("a" + std::string(text)) == expected + "\"");
}

TEST_CASE("numbers read back as what they were", "[json]") {
  const auto [value, text] = GENERATE(table<double, std::string_view>({
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {0.1, "0.1"},
      {1e300, "1e+300"},
      {123456789.0, "123456789.0"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
  }));
  CHECK(json::dump(value) == text);
  const auto back = json::parse(json::dump(value));
  REQUIRE(back);
  REQUIRE(back->real() != nullptr);
  CHECK(*back->real() == value);
  CHECK(std::signbit(*back->real()) == std::signbit(value));
}

TEST_CASE("a number that JSON cannot say becomes null", "[json]") {
  CHECK(json::dump(std::nan("")) == "null");
  CHECK(json::dump(json::Array{std::numeric_limits<double>::infinity()}) == "[null]");
}

TEST_CASE("whole numbers are written exactly", "[json]") {
  CHECK(json::dump(std::numeric_limits<int64_t>::min()) == "-9223372036854775808");
  CHECK(json::dump(std::numeric_limits<int64_t>::max()) == "9223372036854775807");
  CHECK(json::dump(uint64_t{7}) == "7");
}

TEST_CASE("a long text survives the growth of the output", "[json]") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word \" " + std::to_string(i);
  const json::Value document{json::Array{text, text}};
  const auto back = json::parse(json::dump(document));
  REQUIRE(back);
  CHECK(*back->array()->at(1).text() == text);
}
