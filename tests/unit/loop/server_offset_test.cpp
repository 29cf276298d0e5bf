// Not tested here: where the time comes from (tests/unit/net) and when the agent writes it down.
#include "agent/loop/server_offset.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace scoped::loop {
namespace {

using namespace std::chrono_literals;

const ServerOffset kOffset{"d9f0c3a4-5f0e-4f64-8a53-0f6f3b1f8d11", 490'000h};

TEST_CASE("a server time is kept for this boot and moves along with it", "[loop]") {
  test::TemporaryFolder folder;
  const std::string state = folder / "state/scoped";
  CHECK_FALSE(read_server_offset(state, kOffset.boot_id));
  REQUIRE(write_server_offset(state, kOffset));
  CHECK(read_server_offset(state, kOffset.boot_id) == kOffset);
  CHECK(kOffset.at(BootInstant(2h)) == Instant(490'002h));
  CHECK_FALSE(read_server_offset(state, "another boot"));
  CHECK_FALSE(read_server_offset(state, ""));
}

TEST_CASE("only what was written is read", "[loop]") {
  for (const Ticks ahead : {Ticks(0), Ticks(-1), Ticks(17'000'000'000'000'000)}) {
    const ServerOffset offset{"boot", ahead};
    CHECK(parse_server_offset(encode(offset)).value() == offset);
  }
  for (const char* text : {"", "\n", "1", "1 ", "1 boot", "1 boot 12", "1 boot 12\n\n", "1 boot  12\n",
                           "1 boot +12\n", "1 boot 012\n", "1 boot 12x\n", "1  12\n", "2 boot 12\n",
                           "1 boot 9223372036854775807\n", "1 boot 99999999999999999999\n", "1 a b 12\n"}) {
    INFO(text);
    const auto offset = parse_server_offset(text);
    REQUIRE_FALSE(offset);
    CHECK(offset.error().code() == ErrorCode::corrupt);
  }
}

TEST_CASE("it is written again once it has moved by a second", "[loop]") {
  CHECK(has_moved(std::nullopt, kOffset));
  CHECK_FALSE(has_moved(kOffset, {kOffset.boot_id, kOffset.ahead + 999ms}));
  CHECK(has_moved(kOffset, {kOffset.boot_id, kOffset.ahead + 1s}));
  CHECK(has_moved(kOffset, {kOffset.boot_id, kOffset.ahead - 1s}));
  CHECK(has_moved(kOffset, {"another boot", kOffset.ahead}));
}

}  // namespace
}  // namespace scoped::loop
