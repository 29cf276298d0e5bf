// Not tested here: texts in JSON (store_test, docker_test).
#include "common/protocol/utf8.h"

#include "tests/support/catch.h"

namespace scoped::protocol {
namespace {

using namespace std::string_view_literals;

TEST_CASE("the length of a character is in its first byte, if all its bytes are there", "[protocol]") {
  struct Row {
    std::string_view text;
    size_t length;
  };
  const auto row = GENERATE(values<Row>({
      {""sv, 0},
      {"a"sv, 1},
      {"\0"sv, 1},
      {"\x7f"sv, 1},
      {"\xc3\xa9 rest"sv, 2},
      {"\xe2\x82\xac"sv, 3},
      {"\xf0\x9f\x90\xb3"sv, 4},
      {"\xf4\x8f\xbf\xbf"sv, 4},
      {"\x80"sv, 0},                  // a continuation alone
      {"\xc3"sv, 0},                  // cut
      {"\xc3("sv, 0},                 // no continuation
      {"\xe2\x82"sv, 0},              // cut
      {"\xc0\xaf"sv, 0},              // overlong '/'
      {"\xe0\x80\xaf"sv, 0},          // overlong
      {"\xf0\x80\x80\xaf"sv, 0},      // overlong
      {"\xed\xa0\x80"sv, 0},          // a surrogate
      {"\xf4\x90\x80\x80"sv, 0},      // beyond U+10FFFF
      {"\xf8\x88\x80\x80\x80"sv, 0},  // five bytes
      {"\xff"sv, 0},
  }));
  CAPTURE(row.text);
  CHECK(utf8_length(row.text) == row.length);
}

TEST_CASE("what is appended is one character of the right length", "[protocol]") {
  struct Row {
    uint32_t code_point;
    std::string_view bytes;
  };
  const auto row = GENERATE(values<Row>({{0, "\0"sv},
                                         {0x7f, "\x7f"sv},
                                         {0x80, "\xc2\x80"sv},
                                         {0x7ff, "\xdf\xbf"sv},
                                         {0x800, "\xe0\xa0\x80"sv},
                                         {0xffff, "\xef\xbf\xbf"sv},
                                         {0x10000, "\xf0\x90\x80\x80"sv},
                                         {0x10ffff, "\xf4\x8f\xbf\xbf"sv}}));
  std::string out;
  append_utf8(out, row.code_point);
  CHECK(out == row.bytes);
  CHECK(utf8_length(out) == row.bytes.size());
}

}  // namespace
}  // namespace scoped::protocol
