#include "agent/ctl/colour.h"

#include "tests/support/catch.h"

using namespace scoped::ctl;

TEST_CASE("What is made is green, what changes yellow, what goes red, and the rest is plain", "[ctl]") {
  CHECK(coloured_by_sign(
            "+ token 'a' is created\n    it may pull\n~ token 'b' changes\n  - demo/app\n1 to create") ==
        "\033[32m+ token 'a' is created\033[0m\n    it may pull\n\033[33m~ token 'b' changes\033[0m\n"
        "\033[31m  - demo/app\033[0m\n1 to create");
}

TEST_CASE("A sign without a word after it is no sign", "[ctl]") {
  for (const char* text : {"", "\n", "-", "--yes", "   ", "-1 days\n\n", "a - b"})
    CHECK(coloured_by_sign(text) == text);
}
