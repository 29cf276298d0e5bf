// Not tested here: where the parts of a view come from (tests/integration).
#include "agent/ctl/token_view.h"

#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

registry::TokenState state() {
  return {kToken.token,
          "app-pull",
          true,
          "Succeeded",
          {slot("password1", kNow + Seconds(60)), slot("password2", std::nullopt)}};
}

}  // namespace

TEST_CASE("a token shows its slots and its record, never a password", "[ctl]") {
  const store::LoadResult loaded = store::LoadResult::of({ready(), "1"});
  const TokenView view{kToken, state(), &loaded, ""};
  CHECK(token_text(view, kNow) ==
        "token      myregistry.azurecr.io/ci-main\nstatus     enabled\nscope map  app-pull\n"
        "password1  2026-03-01 12:01:00 (in 1m), made 2026-03-01 11:59:00\n"
        "password2  never expires, made 2026-03-01 11:59:00\n"
        "record     generation 3, password1\n");
  const std::string text = json::dump(token_json(view));
  CHECK(
      text ==
      R"({"registry":"myregistry.azurecr.io","token":"ci-main","status":"enabled","scope_map":"app-pull","slots":[)"
      R"({"slot":"password1","created_at":"2026-03-01T11:59:00Z","expires_at":"2026-03-01T12:01:00Z"},)"
      R"({"slot":"password2","created_at":"2026-03-01T11:59:00Z"}],)"
      R"("record":{"state":"ready","generation":3,"slot":"password1","expires_at":"2026-03-01T12:01:30Z"}})");
  CHECK(text.find("hidden") == std::string::npos);
}

TEST_CASE("a token's record may be missing, not ready or unreadable", "[ctl]") {
  const store::LoadResult absent = store::LoadResult::absent();
  const store::LoadResult waiting = store::LoadResult::of({not_ready(), "1"});
  const store::LoadResult denied = store::LoadResult::failed(
      store::LoadState::denied, Error(ErrorCode::denied, "open 'x': Permission denied"));
  CHECK(record_line({kToken, state(), &absent, ""}) == "none");
  CHECK(record_line({kToken, state(), &waiting, ""}) == "not ready");
  CHECK(record_line({kToken, state(), &denied, ""}) == "open 'x': Permission denied");
  CHECK(record_line({kToken, state(), nullptr, "run 'scopedctl init'"}) == "run 'scopedctl init'");
  CHECK(json::dump(*token_json({kToken, state(), &absent, ""}).at({"record"})) == R"({"state":"absent"})");
  CHECK(json::dump(*token_json({kToken, state(), nullptr, "no"}).at({"record"})) ==
        R"({"state":"unreadable","problem":"no"})");
}

TEST_CASE("empty slots and disabled tokens are told", "[ctl]") {
  registry::TokenState bare{kToken.token, "m", false, "Succeeded", {}};
  const store::LoadResult absent = store::LoadResult::absent();
  CHECK(token_cells({kToken, bare, &absent, ""}, kNow) ==
        std::vector<std::string>{"ci-main", "disabled", "m", "empty", "empty", "none"});
}
