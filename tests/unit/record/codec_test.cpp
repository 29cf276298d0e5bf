// A record as JSON and back. Not tested here: that it is sealed (tests/unit/store).
#include "common/json/value.h"
#include "tests/support/catch.h"
#include "tests/unit/record/sample.h"

using namespace scoped;
using namespace scoped::record;
using namespace scoped::record::test;

namespace {

// The record as a tree, changed, and read again: "ok", or what is wrong with it.
template <typename Change>
std::string after(const Record& record, Change change) {
  json::Value document = json::parse(text_of(record)).value();
  change(*document.object());
  const auto read = parse_record(Secret(json::dump(document)));
  if (read) return "ok";
  CHECK(read.error().code() == ErrorCode::corrupt);
  return read.error().line();
}

std::string without(const Record& record, const char* key) {
  return after(record, [key](json::Object& object) { object.erase(key); });
}

std::string with(const Record& record, const char* key, json::Value value) {
  return after(record, [&](json::Object& object) { object.set(key, std::move(value)); });
}

json::Object& inside(json::Object& object, const char* key) { return *object.find(key)->object(); }

}  // namespace

TEST_CASE("a record survives being written and read, to the last 100 ns", "[record]") {
  for (const Record& record : {not_ready(), ready(), full()}) {
    const Record again = parse_record(encode(record)).value();
    CHECK(text_of(again) == text_of(record));
  }
  const Record again = parse_record(encode(full())).value();
  CHECK(again.current->created_at == at("2026-01-01T00:00:00.0000001Z"));
  CHECK(again.pending->asked_expiry == at("2026-05-01T00:00:00.7654321Z"));
  CHECK(again.pending->generated->password.reveal() == "newer");
  CHECK(again.previous->free_at == at("2026-01-02T00:00:00Z"));
  CHECK(again.busy->slot == kPassword2);
  CHECK(again.retired->created_at == at("2026-01-03T00:00:00.0000005Z"));
  CHECK(again.published.at("kubernetes/b") == 3);
  CHECK(again.external_slot == "certificate1");
  REQUIRE(again.rotator);
  CHECK(again.rotator->instance == "instance-1");
  CHECK(again.rotator->from == at("2026-01-04T00:00:00.0000007Z"));
}

TEST_CASE("other tools find the current login at the top", "[record]") {
  const json::Value document = json::parse(text_of(full())).value();
  CHECK(*document.at({"username"})->text() == "ci-main");
  CHECK(*document.at({"password"})->text() == "hunter2");
  CHECK(*document.at({"schema"})->integer() == 1);
}

TEST_CASE("a record that is not ready names the slot to leave alone and no login", "[record]") {
  const json::Value document = json::parse(text_of(not_ready())).value();
  CHECK(document.at({"username"}) == nullptr);
  CHECK(document.at({"password"}) == nullptr);
  CHECK(*document.at({"slot"})->text() == kPassword2);
  const Record again = parse_record(encode(not_ready())).value();
  CHECK_FALSE(again.current);
  CHECK(again.reserved_slot == kPassword2);
}

TEST_CASE("a password that never expires has no expiry", "[record]") {
  Record record = ready();
  record.current->expires_at.reset();
  CHECK_FALSE(parse_record(encode(record)).value().current->expires_at);
}

TEST_CASE("a copy of a record is equal and its secrets are its own", "[record]") {
  const Record record = full();
  const Record copy = record.clone();
  CHECK(text_of(copy) == text_of(record));
  CHECK(copy.current->password.reveal().data() != record.current->password.reveal().data());
}

TEST_CASE("members of later versions survive a rewrite, wherever they stand", "[record]") {
  json::Value document = json::parse(text_of(full())).value();
  json::Object& top = *document.object();
  for (json::Object* object : {&top, &inside(top, "previous"), &inside(top, "pending")}) {
    json::Object nested;
    nested.set("why", "later");
    object->set("x-later", std::move(nested));
    object->set("later_list", json::Array{json::Value(1), json::Value("two")});
  }
  const Record record = parse_record(Secret(json::dump(document))).value();
  const json::Value again = json::parse(text_of(record.clone())).value();
  for (const json::Value* object : {&again, again.at({"previous"}), again.at({"pending"})}) {
    CHECK(*object->at({"x-later", "why"})->text() == "later");
    CHECK(object->at({"later_list"})->array()->size() == 2);
  }
}

TEST_CASE("a newer schema is not guessed at", "[record]") {
  CHECK(with(ready(), "schema", 2) ==
        "record: it has schema 2 and this version knows schema 1 only: upgrade "
        "docker-credential-scoped");
  CHECK(with(ready(), "schema", 0) != "ok");
  CHECK(with(ready(), "schema", "one") != "ok");
  CHECK(without(ready(), "schema") != "ok");
}

TEST_CASE("each member that must be there is missed", "[record]") {
  for (const char* key : {"schema", "write_id", "registry", "token", "generation", "password", "username",
                          "slot", "created_at", "offline_seconds"}) {
    INFO(key);
    CHECK(without(ready(), key).find(key) != std::string::npos);
  }
  for (const char* key : {"kind", "txn", "owner", "slot", "phase", "fence", "claimed_at", "password"}) {
    INFO(key);
    CHECK(after(full(), [key](json::Object& object) {
            inside(object, "pending").erase(key);
          }).starts_with("record: 'pending': "));
  }
  for (const char* key : {"username", "password", "slot", "created_at", "offline_seconds"}) {
    INFO(key);
    CHECK(after(full(), [key](json::Object& object) {
            inside(object, "previous").erase(key);
          }).starts_with("record: 'previous': "));
  }
}

TEST_CASE("what may be absent is not missed", "[record]") {
  for (const char* key : {"expires_at", "promoted_at", "previous", "pending", "busy", "retired", "external",
                          "rotator", "published"}) {
    INFO(key);
    CHECK(without(full(), key) == "ok");
    CHECK(with(full(), key, json::Value()) == "ok");
  }
}

TEST_CASE("wrong types and values are told without quoting them", "[record]") {
  const std::string secret = "hunter2";
  for (const char* key : {"write_id", "registry", "token", "username", "password", "slot", "created_at",
                          "expires_at", "promoted_at"}) {
    INFO(key);
    CHECK(with(ready(), key, 7) != "ok");
  }
  for (const char* key : {"created_at", "expires_at", "promoted_at", "generation", "offline_seconds",
                          "previous", "pending", "busy", "retired", "external", "rotator", "published"}) {
    INFO(key);
    const std::string said = with(full(), key, secret);
    CHECK(said != "ok");
    CHECK(said.find(secret) == std::string::npos);
  }
  CHECK(with(ready(), "offline_seconds", -1) != "ok");
  CHECK(with(ready(), "offline_seconds", int64_t{9'000'000'000'000}) != "ok");
  CHECK(with(ready(), "created_at", "2026-01-01T00:00:00.12345678Z") != "ok");
}

TEST_CASE("what no writer of ours produces is refused", "[record]") {
  const auto pending = [](const char* key, json::Value value) {
    return after(full(), [&](json::Object& object) { inside(object, "pending").set(key, std::move(value)); });
  };
  CHECK(with(ready(), "generation", 0) == "record: generation 0 with a current password");
  CHECK(with(not_ready(), "generation", -1) == "record: generation -1 without a current password");
  CHECK(with(ready(), "registry", "") == "record: an empty registry or token");
  CHECK(with(ready(), "token", "") == "record: an empty registry or token");
  CHECK(with(ready(), "password", "") == "record: an empty username, password or slot");
  CHECK(with(not_ready(), "slot", "") == "record: neither a current password nor a reserved slot");
  CHECK(without(ready(), "password").find("'password' is missing") != std::string::npos);
  CHECK(after(full(), [](json::Object& object) {
          for (const char* key : {"username", "password"}) object.erase(key);
        }) == "record: a previous password without a current one");
  CHECK(after(full(), [](json::Object& object) { inside(object, "previous").set("slot", kPassword1); }) ==
        "record: the current and the previous password are in one slot");
  CHECK(pending("phase", "claimed") == "record: 'pending': a password in phase 'claimed'");
  CHECK(pending("phase", "promoted") == "record: 'pending': 'phase' is none that this version knows");
  CHECK(pending("kind", "guess") == "record: 'pending': 'kind' is none that this version knows");
}

TEST_CASE("a claim without a value has no password", "[record]") {
  Record record = full();
  record.pending->phase = PendingPhase::claimed;
  record.pending->generated.reset();
  record.pending->kind = PendingKind::retire;
  record.pending->observed.reset();
  const Record again = parse_record(encode(record)).value();
  CHECK_FALSE(again.pending->generated);
  CHECK_FALSE(again.pending->observed);
  CHECK(again.pending->kind == PendingKind::retire);
}

TEST_CASE("a claim on the slot of the current password leaves the other one busy", "[record]") {
  Record record = full();
  record.pending->slot = kPassword1;
  record.pending->generated->slot = kPassword1;
  record.busy = Busy{kPassword2, record.pending->fence};
  CHECK(parse_record(encode(record)).value().pending->slot == kPassword1);
  record.busy->slot = kPassword1;
  CHECK(parse_record(encode(record)).error().line() == "record: a claim on the slot of the current password");
  record.busy.reset();
  CHECK(parse_record(encode(record)).error().line() == "record: a claim on the slot of the current password");
}

TEST_CASE("every cut of a record is corrupt", "[record]") {
  const std::string whole = text_of(full());
  for (size_t length = 0; length < whole.size(); ++length) {
    const auto read = parse_record(Secret(std::string_view(whole).substr(0, length)));
    REQUIRE_FALSE(read);
    REQUIRE(read.error().code() == ErrorCode::corrupt);
    REQUIRE(read.error().line().find("hunter2") == std::string::npos);
  }
  CHECK_FALSE(parse_record(Secret("[]")));
  CHECK_FALSE(parse_record(Secret("null")));
}

TEST_CASE("a duplicate member is corrupt, since readers would disagree about it", "[record]") {
  std::string text = text_of(ready());
  text.insert(1, R"("slot":"password1",)");
  CHECK_FALSE(parse_record(Secret(text)));
}
