// Not tested here: that a line is one write (tests/integration read whole logs).
#include "agent/loop/log.h"

#include "tests/support/catch.h"

using scoped::loop::format_log_line;
using scoped::loop::Level;

TEST_CASE("A log line is a priority, what happened, and fields", "[loop]") {
  CHECK(format_log_line(Level::info, "promoted", {{"token", "host/ci"}, {"slot", "password2"}}) ==
        "<6>promoted token=host/ci slot=password2\n");
}

TEST_CASE("A value that would be misread is quoted", "[loop]") {
  CHECK(format_log_line(Level::warning, "x",
                        {{"a", "two words"}, {"b", ""}, {"c", "say \"no\""}, {"d", "k=v"}}) ==
        "<4>x a=\"two words\" b=\"\" c=\"say \\\"no\\\"\" d=\"k=v\"\n");
}

TEST_CASE("A value cannot begin a line of its own", "[loop]") {
  CHECK(format_log_line(Level::error, "x", {{"a", "one\n<0>two"}}) == "<3>x a=\"one <0>two\"\n");
}
