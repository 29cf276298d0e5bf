#include "agent/ctl/slot_flags.h"

#include "agent/ctl/expiry_flags.h"
#include "tests/unit/ctl/scene.h"

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;

namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

constexpr Flag kFlags[] = {kExpirationFlag, kExpirationInDaysFlag};
Options given(const std::vector<std::string>& arguments) {
  Command command{};
  command.words = "test";
  command.flags = kFlags;
  return parse_options(command, arguments).value();
}

}  // namespace

TEST_CASE("a slot is in use while clients are given its password, or may still hold it", "[ctl]") {
  record::Record record = ready(record::kPassword1);
  CHECK(has(use_of_slot(record, record::kPassword1, kNow).value(), "clients are given now"));
  CHECK_FALSE(use_of_slot(record, record::kPassword2, kNow));

  record.previous = record::Previous{record.current->clone(), std::nullopt};
  record.previous->password.slot = record::kPassword2;
  CHECK(use_of_slot(record, record::kPassword2, kNow) == "clients may still hold it");
  record.previous->free_at = kNow + Seconds(60);
  CHECK(use_of_slot(record, record::kPassword2, kNow) ==
        "clients may still hold it until 2026-03-01 12:01:00");
  CHECK_FALSE(use_of_slot(record, record::kPassword2, kNow + Seconds(60)));
  record.previous->free_at.reset();
  CHECK_FALSE(use_of_slot(record, record::kPassword2, kNow + Seconds(90)));  // lapsed

  record.previous.reset();
  record.external_slot = record::kPassword2;
  CHECK(use_of_slot(record, record::kPassword2, kNow) == "it was handed to an outsider");
  CHECK(use_of_slot(not_ready(record::kPassword2), record::kPassword2, kNow));
}

TEST_CASE("an expiry is a time as the registry writes it, or a number of days", "[ctl]") {
  const auto asked = [](const std::vector<std::string>& arguments) {
    return expiry_asked(given(arguments), kNow).value();
  };
  CHECK_FALSE(asked({}));
  CHECK(asked({"--expiration", "2027-01-01T00:00:00Z"}) == at("2027-01-01T00:00:00Z"));
  CHECK(asked({"--expiration-in-days", "30"}) == at("2026-03-31T12:00:00Z"));
}

TEST_CASE("a wrong expiry is told with the nearest right one, and never is none", "[ctl]") {
  const auto wrong = [](const std::vector<std::string>& arguments) {
    return error_line(check_expiry(given(arguments)));
  };
  CHECK(wrong({"--expiration", "2027-01-01"}) ==
        "'--expiration' is '2027-01-01': did you mean '2027-01-01T00:00:00Z'?");
  CHECK(wrong({"--expiration", "2027-01-01T00:00:00"}).ends_with("did you mean '2027-01-01T00:00:00Z'?"));
  CHECK(has(wrong({"--expiration", "never"}), "expected a time like"));
  CHECK(has(wrong({"--expiration-in-days", "0"}), "no password is made that never expires"));
  CHECK(has(wrong({"--expiration-in-days", "1x"}), "a number from 1 to 3650"));
  CHECK(has(wrong({"--expiration-in-days", "1", "--expiration", "2027-01-01T00:00:00Z"}), "not both"));
  CHECK(has(error_line(expiry_asked(given({"--expiration", "2025-01-01T00:00:00Z"}), kNow)), "is past"));
}
