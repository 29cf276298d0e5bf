// Not tested here: typed access (value_test), that freed memory holds no text, and running out of memory.
#include "common/json/parse_some.h"
#include "common/json/value.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace scoped;
using namespace std::literals;

namespace {

std::string problem_of(std::string_view text, const json::Limits& limits = {}) {
  const auto value = json::parse(text, limits);
  if (value) return "accepted";
  if (value.error().code() != ErrorCode::invalid_input) return "another code";
  return value.error().line();
}

// The tree as text, so that one comparison sees all of it.
std::string round(std::string_view text) {
  const auto value = json::parse(text);
  return value ? json::dump(*value) : value.error().line();
}

struct Row {
  std::string_view text;
  std::string_view outcome;
};

}  // namespace

TEST_CASE("every kind of value is read", "[json]") {
  const auto row =
      GENERATE(Row{"null", "null"}, Row{" true ", "true"}, Row{"false", "false"}, Row{"0", "0"},
               Row{"-12", "-12"}, Row{"1.5", "1.5"}, Row{"-0.0", "-0.0"}, Row{"1e2", "100.0"},
               Row{"1E400e", "line 1: a number that is too large"},
               Row{R"("a\nbé\u00e9\ud83d\ude00")", "\"a\\nb\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80\""},
               Row{R"("\u0000")", R"("\u0000")"}, Row{"[]", "[]"}, Row{"[1, [2], {}]", "[1,[2],{}]"},
               Row{R"({"b": 1, "a": {"c": []}})", R"({"b":1,"a":{"c":[]}})"},
               Row{"\t\r\n {\"\": 0} \n", R"({"":0})"}, Row{"\xef\xbb\xbf{}", "{}"});
  CAPTURE(row.text);
  CHECK(round(row.text) == row.outcome);
}

TEST_CASE("whole numbers of 64 bits are exact and larger ones are refused", "[json]") {
  const auto row = GENERATE(Row{"9223372036854775807", "9223372036854775807"},
                            Row{"-9223372036854775808", "-9223372036854775808"},
                            Row{"9007199254740993", "9007199254740993"},
                            Row{"9223372036854775808", "line 1: a whole number beyond 64 bits"},
                            Row{"18446744073709551615", "line 1: a whole number beyond 64 bits"},
                            Row{"18446744073709551616", "line 1: a whole number beyond 64 bits"},
                            Row{"-9223372036854775809", "line 1: a whole number beyond 64 bits"},
                            Row{"-0", "0"}, Row{"9223372036854775808.0", "9223372036854775808.0"});
  CAPTURE(row.text);
  CHECK(round(row.text) == row.outcome);
}

TEST_CASE("what is not JSON is refused with the line and the reason", "[json]") {
  const auto row = GENERATE(
      Row{"", "line 1: unexpected end of input; expected '[', '{', or a literal"},
      Row{"\n\n", "line 2: unexpected end of input; expected '[', '{', or a literal"},
      Row{"{\n\"a\": 1\n\"b\": 2}", "line 3: unexpected string literal; expected ',' or '}'"},
      Row{"[1\n2]", "line 2: unexpected number literal; expected ',' or ']'"},
      Row{"{\"a\"\n1}", "line 2: unexpected number literal; expected ':'"},
      Row{"{\"a\": 1,\n}", "line 2: unexpected '}'; expected string literal"},
      Row{"{a: 1}", "line 1: invalid literal"},
      Row{"[1,]", "line 1: unexpected ']'; expected '[', '{', or a literal"},
      Row{"{\n\"a\": \"x", "line 2: invalid string: missing closing quote"},
      Row{"{}\n{}", "line 2: unexpected '{'; expected end of input"},
      Row{"[", "line 1: unexpected end of input; expected '[', '{', or a literal"},
      Row{"01", "line 1: unexpected number literal; expected end of input"},
      Row{"NaN", "line 1: invalid literal"}, Row{"-", "line 1: invalid number; expected digit after '-'"},
      Row{"1e400", "line 1: a number that is too large"}, Row{"'a'", "line 1: invalid literal"},
      Row{"nul", "line 1: invalid literal"});
  CAPTURE(row.text);
  CHECK(problem_of(row.text) == row.outcome);
}

TEST_CASE("texts are strict UTF-8 without raw control characters", "[json]") {
  const auto text = GENERATE("\"\xff\""sv, "\"\xc0\xaf\""sv, "\"\xed\xa0\x80\""sv, "\"\xf4\x90\x80\x80\""sv,
                             "\"\xe2\x82\""sv, "\"\x80\""sv, "\"a\tb\""sv, "\"a\nb\""sv, "\"\\ud800\""sv,
                             "\"\\udc00\\ud800\""sv, "\"\\x41\""sv, "\"\\u12g4\""sv);
  CAPTURE(text);
  CHECK(problem_of(text).starts_with("line 1: invalid string"));
}

TEST_CASE("a zero byte is no end of the document", "[json]") {
  CHECK(problem_of("{}\0"sv) == "line 1: a zero byte");
  CHECK(problem_of("\n[1,\n\0]"sv) == "line 3: a zero byte");
  CHECK(problem_of("\0"sv) == "line 1: a zero byte");
}

TEST_CASE("a duplicate key is an error with its line", "[json]") {
  CHECK(problem_of("{\"x\": 1,\n \"y\": 2,\n \"x\": 3}") == "line 3: duplicate key 'x'");
  CHECK(problem_of("[{\"a\": {\"b\": 1,\n\"b\": 1}}]") == "line 2: duplicate key 'b'");
  CHECK(problem_of(R"({"a": 1, "\u0061": 2})") == "line 1: duplicate key 'a'");
  CHECK(problem_of("{\"b\":0,\"a\":0,\n\"b\":0,\n\"a\":0,\n\"a\":0}") == "line 2: duplicate key 'b'");
  CHECK(problem_of(R"({"a": {"a": 1}, "b": {"a": 1}})") == "accepted");
}

TEST_CASE("a key in an error line is short and on one line", "[json]") {
  CHECK(problem_of(R"({"a\nb": 1, "a\nb": 2})") == "line 1: duplicate key 'a?b'");
  const std::string key(100, 'k');
  CHECK(problem_of("{\"" + key + "\":1,\"" + key + "\":2}") ==
        "line 1: duplicate key '" + std::string(64, 'k') + "...'");
}

TEST_CASE("an object of very many keys is read in reasonable time", "[json]") {
  std::string text = "{";
  for (int i = 0; i < 90'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  CHECK(problem_of(text + "\"x\":0}") == "accepted");
  CHECK(problem_of(text + "\"17\":0}") == "line 1: duplicate key '17'");
}

TEST_CASE("a document beyond a limit is refused", "[json]") {
  json::Limits limits;
  limits.bytes = 20;
  limits.depth = 3;
  limits.values = 5;
  const auto row = GENERATE(
      Row{"\"123456789012345678\"", "accepted"}, Row{"\"1234567890123456789\"", "longer than 20 bytes"},
      Row{"[[[1]]]", "accepted"}, Row{"[\n[[[1]]]]", "line 2: nested deeper than 3 levels"},
      Row{"{\"a\":{\"b\":[{}]}}", "line 1: nested deeper than 3 levels"}, Row{"[1,2,3,4]", "accepted"},
      Row{"[1,2,3,4,\n5]", "line 2: more than 5 values"},
      Row{"{\"a\":[[],[],[],0]}", "line 1: more than 5 values"});
  CAPTURE(row.text);
  CHECK(problem_of(row.text, limits) == row.outcome);
}

TEST_CASE("a million opening brackets do no harm", "[json]") {
  CHECK(problem_of(std::string(1 << 20, '[')) == "line 1: nested deeper than 32 levels");
}

TEST_CASE("comments are read only where they are allowed", "[json]") {
  const auto text = "// first\n{ /* two\nlines */ \"a\": // rest\n 1 }\n// last"sv;
  CHECK(problem_of(text) == "line 1: invalid literal");
  json::Limits limits;
  limits.comments = true;
  const auto value = json::parse(text, limits);
  REQUIRE(value);
  CHECK(json::dump(*value) == "{\"a\":1}");
  CHECK(value->line() == 2);
  CHECK(value->at({"a"})->line() == 4);
  CHECK(problem_of("{} /* open", limits) == "line 1: invalid comment; missing closing '*/'");
  CHECK(problem_of("{} # shell", limits) == "line 1: invalid literal");
}

TEST_CASE("every value and key knows its line", "[json]") {
  const auto value =
      json::parse("\n{ \"a\": 1\n,\n\"b\"\n:\n[ true,\n\"x\" ], \"c\": {\n}\r\n,\"d\": 12\n}\n");
  REQUIRE(value);
  const auto& members = value->object()->members();
  std::string lines = std::to_string(value->line());
  for (const json::Member& member : members)
    lines += " " + member.key + std::to_string(member.line) + ":" + std::to_string(member.value.line());
  CHECK(lines == "2 a2:2 b4:6 c7:7 d9:9");
  CHECK(members[1].value.array()->at(0).line() == 6);
  CHECK(members[1].value.array()->at(1).line() == 7);
}

TEST_CASE("members of some names are passed over at whatever depth", "[json]") {
  const std::string_view names[] = {"id", "systemData"};
  const auto parsed = [&](std::string_view text, const json::Limits& limits = {}) {
    const auto value = json::parse_some(text, limits, names);
    return value ? json::dump(*value) : value.error().line();
  };
  CHECK(
      parsed(
          R"({"id": "x", "a": [{"id": [1, {"b": 2}], "c": "id"}], "systemData": {"id": {}, "d": []}, "e": 3})") ==
      R"({"a":[{"c":"id"}],"e":3})");
  CHECK(parsed(R"({"id": 1, "id": 2})") == "{}");
  CHECK(parsed(R"({"a": 1, "a": 2})") == "line 1: duplicate key 'a'");
  CHECK(parsed(R"(["id"])") == R"(["id"])");
  CHECK(parsed(R"("id")") == R"("id")");
  CHECK(parsed(R"({"id": tru})") == "line 1: invalid literal");
  CHECK(parsed(R"({"id": [[1]], "a": 1})", {.depth = 2}) == "line 1: nested deeper than 2 levels");
  CHECK(parsed(R"({"id": [1, 2, 3]})", {.values = 4}) == "line 1: more than 4 values");
  CHECK(parsed(R"({"id": [1, 2, 3]})", {.values = 5}) == "{}");
}

TEST_CASE("an error never quotes the document's values", "[json]") {
  const std::string good =
      R"({"password": "SeCrEt; last read: 'SeCrEt'", "n": 71717171, "list": ["SeCrEt - SeCrEt"]})";
  const auto check = [](const std::string& text) {
    const std::string line = problem_of(text);
    if (line.find("SeCrEt") != std::string::npos || line.find("7171") != std::string::npos ||
        std::count(line.begin(), line.end(), '\n') != 0)
      FAIL_CHECK(line);
  };
  for (size_t i = 0; i < good.size(); ++i) {
    check(good.substr(0, i));
    for (const char c : {'"', '\\', '{', ']', 'x', '\n', '\0', '\xff', ' '}) {
      std::string altered = good;
      altered[i] = c;
      check(altered);
      check(good.substr(0, i) + c + good.substr(i));
    }
  }
}
