// Not tested here: the claim around it (claimed_write_test.cpp).
#include "agent/ctl/direct_generate.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

registry::Generated made_in(const char* slot) {
  return {kToken.token, slot, Secret("new"), kNow, kNow + Seconds(3600)};
}

}  // namespace

TEST_CASE("a password that is forced over the current one takes its place", "[ctl]") {
  record::Record record = ready(record::kPassword1);
  replace_current(record, made_in(record::kPassword1), Seconds(7), kNow);
  CHECK(record.current->password.reveal() == "new");
  CHECK(record.current->offline == Seconds(7));
  CHECK(record.generation == 4);
  CHECK_FALSE(record.previous);
}

TEST_CASE("one that is forced into the other slot leaves the current one as the previous", "[ctl]") {
  record::Record record = ready(record::kPassword1);
  record.external_slot = record::kPassword2;
  replace_current(record, made_in(record::kPassword2), Seconds(7), kNow);
  CHECK(record.current->slot == record::kPassword2);
  REQUIRE(record.previous);
  CHECK(record.previous->password.slot == record::kPassword1);
  CHECK_FALSE(record.previous->free_at);
  CHECK_FALSE(record.external_slot);
}
