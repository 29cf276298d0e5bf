// Not tested here: terminals (tests/integration), signals beside those that ask().
#include "agent/ctl/console.h"

#include "agent/ctl/stop.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using scoped::test::error_line;
using std::chrono::milliseconds;

TEST_CASE("a password is taken as it was pasted, but for one newline at its end", "[ctl]") {
  struct Row {
    const char* input;
    const char* password;
  };
  for (const Row& row : {Row{"abc", "abc"}, Row{"abc\n", "abc"}, Row{"abc\r\n", "abc"}, Row{" a b ", " a b "},
                         Row{"p\xc3\xa4ss\n", "p\xc3\xa4ss"}}) {
    const auto password = password_of(Secret(row.input));
    REQUIRE(password);
    CHECK(password->reveal() == row.password);
  }
}

TEST_CASE("an empty password and one of several lines are refused without being shown", "[ctl]") {
  for (const char* input : {"", "\n", "\r\n"})
    CHECK(error_line(password_of(Secret(input))) == "the password is empty");
  for (const char* input : {"abc\n\n", "secret\nb\n", "secret\tb", "secret\x7f"}) {
    const std::string line = error_line(password_of(Secret(input)));
    CHECK(line.find("control character") != std::string::npos);
    CHECK(line.find("secret") == std::string::npos);
  }
}

TEST_CASE("control characters are replaced before a text is shown", "[ctl]") {
  CHECK(harmless("a\x1b]0;title\x07\r\nb") == "a?]0;title???b");
  CHECK(harmless("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
}

TEST_CASE("a wait ends when it is asked to stop, and says so ever after", "[ctl]") {
  Stop stop;
  CHECK(stop.wait(milliseconds(0)));
  CHECK_FALSE(stop.asked());
  stop.ask();
  CHECK(stop.asked());
  CHECK_FALSE(stop.wait(milliseconds(0)));
  CHECK_FALSE(stop.wait(milliseconds(1)));
}

TEST_CASE("transfers are cut when asked to stop, except where nothing may be lost", "[ctl]") {
  Stop stop;
  CHECK_FALSE(*stop.cut());
  stop.at_safe_point(true);
  CHECK_FALSE(*stop.cut());
  stop.ask();
  CHECK(*stop.cut());
  stop.at_safe_point(false);
  CHECK_FALSE(*stop.cut());
  stop.at_safe_point(true);
  CHECK(*stop.cut());
}
