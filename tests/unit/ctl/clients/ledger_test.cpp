#include "agent/ctl/clients/ledger.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

#include <filesystem>

using namespace scoped;
using ctl::LedgerEntry;

namespace {

const LedgerEntry kEntry{"docker",       "reg.azurecr.io",          "scoped", "/h/.docker/config.json", true,
                         {"/h/.docker"}, {7, "old", ",\n\t\"new\""}};

}  // namespace

TEST_CASE("a ledger is read as it was written", "[ctl]") {
  const auto entries = ctl::parse_ledger(ctl::format_ledger({kEntry}));
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  const LedgerEntry& entry = entries->front();
  CHECK(entry.client == kEntry.client);
  CHECK(entry.host == kEntry.host);
  CHECK(entry.helper == kEntry.helper);
  CHECK(entry.file == kEntry.file);
  CHECK(entry.made_file);
  CHECK(entry.made_folders == kEntry.made_folders);
  CHECK(entry.splice == kEntry.splice);
}

TEST_CASE("no ledger is an empty one, and a damaged one an error that names it", "[ctl]") {
  const test::TemporaryFolder folder;
  CHECK(ctl::read_ledger(folder.path()).value().empty());
  for (const char* text : {"{", "{}", R"({"clients": [1]})", R"({"clients": [{"client": "docker"}]})"}) {
    test::spill(folder / "clients.json", text);
    const auto entries = ctl::read_ledger(folder.path());
    REQUIRE_FALSE(entries);
    CHECK(entries.error().code() == ErrorCode::corrupt);
    CHECK(entries.error().line().find(folder / "clients.json") != std::string::npos);
  }
}

TEST_CASE("a ledger is for its owner alone", "[ctl]") {
  const test::TemporaryFolder folder;
  REQUIRE(ctl::write_ledger(folder / "undo", {kEntry}));
  const auto mode = std::filesystem::status(folder / "undo/clients.json").permissions();
  CHECK((mode & std::filesystem::perms(077)) == std::filesystem::perms::none);
}
