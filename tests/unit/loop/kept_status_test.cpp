#include "agent/loop/kept_status.h"

#include "agent/loop/status_json.h"
#include "tests/support/catch.h"

using namespace scoped;
using loop::KeptStatus;
using rotate::TokenStatus;

namespace {

const record::RecordName kName{"myregistry.azurecr.io", "token"};
Instant at(const char* text) { return parse_rfc3339(text).value(); }

TokenStatus resting() {
  TokenStatus status;
  status.name = kName;
  status.read = status.ready = true;
  status.generation = 7;
  status.rotations = 2;
  status.step = "wait";
  status.reason = "the password is not due";
  status.until = status.due_at = at("2026-03-01T12:00:00.1234567Z");
  status.slots = {{"password1", "current", at("2026-01-01T00:00:00Z"), at("2026-04-01T00:00:00Z"), {}},
                  {"password2", "previous", at("2025-11-01T00:00:00Z"), {}, at("2026-01-09T00:00:00Z")}};
  return status;
}

}  // namespace

TEST_CASE("What was kept of a token's status is what it was", "[loop]") {
  TokenStatus unread;
  unread.name = kName;
  TokenStatus troubled = resting();
  troubled.lost = true;
  troubled.problem = "the registry says 403: \"denied\"";
  troubled.slots[1] = {"password2", "empty", {}, {}, {}};
  for (const TokenStatus& status : {unread, resting(), troubled}) {
    const TokenStatus again = KeptStatus(status).whole(kName);
    CHECK(loop::status_row(again) == loop::status_row(status));
    CHECK(again.lost == status.lost);
  }
}

TEST_CASE("What the summary asks for needs no whole status", "[loop]") {
  const KeptStatus kept(resting());
  CHECK(kept.read());
  CHECK_FALSE(kept.lost());
  CHECK_FALSE(kept.has_problem());
  CHECK(kept.rotations() == 2);
  CHECK(kept.due_at() == at("2026-03-01T12:00:00.1234567Z"));
  CHECK_FALSE(KeptStatus().read());
}

TEST_CASE("A status that is kept takes less room than a whole one", "[loop]") {
  CHECK(sizeof(KeptStatus) * 2 < sizeof(TokenStatus));
}
