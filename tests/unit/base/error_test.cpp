// Errors, and how they are passed up. Not tested here: broken invariants, which end the process.
#include "common/base/error.h"

#include "common/base/result.h"
#include "tests/support/catch.h"

#include <errno.h>

#include <memory>
#include <set>

using namespace scoped;

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorCode::invalid_input, "odd");
  return number / 2;
}

Result<int> quarter(int number) { return TRY(half(TRY(half(number)))); }

Result<> check_quarter(int number) {
  TRY_WITH(quarter(number), "quarter of " + std::to_string(number));
  return {};
}

Result<std::unique_ptr<int>> boxed(int number) { return std::make_unique<int>(TRY(half(number))); }

}  // namespace

TEST_CASE("an error is one line, the outermost intention first", "[base]") {
  const Error error = Error(ErrorCode::denied, "HTTP 403").within("PUT https://x").within("publish 'a'");
  CHECK(error.line() == "publish 'a': PUT https://x: HTTP 403");
  CHECK(error.code() == ErrorCode::denied);
}

TEST_CASE("nothing in an error makes a second line", "[base]") {
  CHECK(Error(ErrorCode::internal, "a\nb\r\tc\x7f\x1b[0m").line() == "a b  c  [0m");
}

TEST_CASE("an error carries what the other side said about trying again", "[base]") {
  const Error plain(ErrorCode::unavailable, "busy");
  CHECK(!plain.retry_after());
  CHECK(plain.http_status() == 0);
  const Error told =
      Error(ErrorCode::unavailable, "busy").with_retry_after(std::chrono::seconds(7)).with_http_status(429);
  CHECK(told.retry_after() == std::chrono::seconds(7));
  CHECK(told.http_status() == 429);
  CHECK(Error(told).within("x").as(ErrorCode::ambiguous).http_status() == 429);
}

TEST_CASE("every code has a name of its own", "[base]") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code)
    names.insert(name_of(static_cast<ErrorCode>(code)));
  CHECK(names.size() == static_cast<size_t>(ErrorCode::internal) + 1);
}

TEST_CASE("a failed system call says what was tried, on what, and what to do next", "[base]") {
  struct Row {
    int number;
    ErrorCode code;
  };
  const Row rows[] = {{ENOENT, ErrorCode::not_found},    {ENOTDIR, ErrorCode::not_found},
                      {EACCES, ErrorCode::denied},       {EPERM, ErrorCode::denied},
                      {EROFS, ErrorCode::denied},        {EEXIST, ErrorCode::conflict},
                      {ELOOP, ErrorCode::invalid_input}, {ENAMETOOLONG, ErrorCode::invalid_input},
                      {ENOSPC, ErrorCode::unavailable},  {EIO, ErrorCode::unavailable}};
  for (const Row& row : rows) {
    INFO(row.number);
    CHECK(errno_error(row.number, "open", "x").code() == row.code);
  }
  CHECK(errno_error(ENOENT, "open", "/a b").line() == "open '/a b': No such file or directory");
}

TEST_CASE("TRY passes a value on and an error up, also one inside another", "[base]") {
  CHECK(quarter(8).value() == 2);
  CHECK(quarter(6).error().line() == "odd");
  CHECK(quarter(7).error().line() == "odd");
  CHECK(*boxed(4).value() == 2);
}

TEST_CASE("TRY_WITH adds the intention to an error only", "[base]") {
  CHECK(check_quarter(8).has_value());
  CHECK(check_quarter(6).error().line() == "quarter of 6: odd");
}
