// The store over a keyring that is played. Not tested here: a real keyring (tests/integration/keyring.py runs
// the hidden tests at the end).
#include "common/store/secret_service.h"

#include "common/record/codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/store/contract.h"

#include <stdlib.h>

#include <map>
#include <mutex>

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;

namespace {

// What many keyrings of one session share, with a knob for each way to fail.
struct Session {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, Secret> items;
  bool locked = false;
  std::optional<Error> broken;
  bool loses_answers = false;  // keeps what is saved, and does not say so
};

class PlayedKeyring final : public Keyring {
 public:
  explicit PlayedKeyring(Session& session) : session_(session) {}
  Result<KeyringItem> load(const KeyringName& name) override {
    const std::lock_guard lock(session_.mutex);
    if (session_.broken) return fail(*session_.broken);
    const auto item = session_.items.find({name.registry, name.token});
    if (item == session_.items.end()) return KeyringItem{};
    if (session_.locked) return KeyringItem{KeyringItem::State::locked, {}};
    return KeyringItem{KeyringItem::State::found, item->second.clone()};
  }
  Result<> save(const KeyringName& name, const Secret& text) override {
    const std::lock_guard lock(session_.mutex);
    session_.items.insert_or_assign({name.registry, name.token}, text.clone());
    if (session_.loses_answers) return fail(ErrorCode::unavailable, "the keyring does not answer in time");
    return {};
  }
  Result<> erase(const KeyringName& name) override {
    const std::lock_guard lock(session_.mutex);
    session_.items.erase({name.registry, name.token});
    return {};
  }
  Result<std::vector<KeyringName>> list() override {
    const std::lock_guard lock(session_.mutex);
    std::vector<KeyringName> names;
    for (const auto& [name, text] : session_.items) names.push_back({name.first, name.second});
    return names;
  }
  Result<KeyringLogin> docker_login(const std::vector<std::string>&) override { return KeyringLogin{}; }
  Result<std::map<std::string, std::string>> docker_usernames() override {
    return std::map<std::string, std::string>();
  }

 private:
  Session& session_;
};

struct Scene {
  scoped::test::TemporaryFolder folder;
  SystemRandom random;
  Session session;
  record::RecordName name{"r.io", "ci-main"};

  std::unique_ptr<RecordStore> open() {
    return make_keyring_store(std::make_unique<PlayedKeyring>(session), folder / "locks", random);
  }
};

}  // namespace

TEST_CASE("records in a keyring keep what every store keeps", "[store]") {
  Scene scene;
  check_contract([&] { return scene.open(); });
}

TEST_CASE("a locked keyring is locked, not empty, and is not written to", "[store]") {
  Scene scene;
  const auto store = scene.open();
  const Revision revision = store->save(scene.name, sample(scene.name), Revision()).value();
  scene.session.locked = true;
  const LoadResult loaded = store->load(scene.name);
  CHECK(loaded.state == LoadState::locked);
  CHECK(loaded.why->line().find("unlock") != std::string::npos);
  const auto saved = store->save(scene.name, sample(scene.name, 4), revision);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::denied);
  scene.session.locked = false;
  CHECK(found(*store, scene.name).revision == revision);
}

TEST_CASE("a keyring that cannot be asked leaves the record unknown, with its own words", "[store]") {
  Scene scene;
  scene.session.broken = Error(ErrorCode::unavailable, "there is no session bus");
  const LoadResult loaded = scene.open()->load(scene.name);
  CHECK(loaded.state == LoadState::unavailable);
  CHECK(loaded.why->line() == "there is no session bus");
}

TEST_CASE("a save whose answer was lost may have been done", "[store]") {
  Scene scene;
  scene.session.loses_answers = true;
  const auto saved = scene.open()->save(scene.name, sample(scene.name), Revision());
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::ambiguous);
}

TEST_CASE("an item that holds no record, or another's, is left alone", "[store]") {
  Scene scene;
  const record::RecordName other{"r.io", "other"};
  for (const char* text : {"", "{}", "hunter2"}) {
    scene.session.items[{scene.name.registry, scene.name.token}] = Secret(text);
    CHECK(scene.open()->load(scene.name).state == LoadState::corrupt);
  }
  scene.session.items[{scene.name.registry, scene.name.token}] = record::encode(sample(other));
  const LoadResult loaded = scene.open()->load(scene.name);
  CHECK(loaded.state == LoadState::corrupt);
  CHECK(loaded.why->line().find("hunter2") == std::string::npos);
}

TEST_CASE("a keyring is no store of the system", "[store]") {
  SystemRandom random;
  const RealEnvironment environment;
  const RealClock clock;
  config::Typed settings;
  settings.name = "keyring";
  settings.type = "secret_service";
  settings.values["timeout"] = std::chrono::milliseconds(5000);
  settings.origin.system = true;
  const auto opened = open_store(settings, {environment, clock, random});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ErrorCode::configuration);
}

namespace {

// In whatever session this runs.
struct RealSession {
  SystemRandom random;
  RealEnvironment environment;
  RealClock clock;
  config::Typed settings;
  record::RecordName name{"r.io", "ci-main"};

  RealSession() {
    settings.name = "keyring";
    settings.type = "secret_service";
    settings.values["timeout"] = std::chrono::milliseconds(3000);
  }
  std::unique_ptr<RecordStore> open() { return open_store(settings, {environment, clock, random}).value(); }
  void empty() {
    const auto store = open();
    const auto names = store->list();
    REQUIRE(names);
    for (const record::RecordName& each : *names) REQUIRE(store->erase(each));
  }
};

}  // namespace

TEST_CASE("a real keyring keeps what every store keeps", "[.keyring]") {
  RealSession session;
  session.empty();
  check_contract([&] { return session.open(); });
}

TEST_CASE("a record is put into a real keyring", "[.keyring-put]") {
  RealSession session;
  REQUIRE(session.open()->save(session.name, sample(session.name), Revision()));
}

TEST_CASE("the state and reason of a load from a real session", "[.keyring-load]") {
  RealSession session;
  const LoadResult loaded = session.open()->load(session.name);
  printf("state: %s\n", std::string(name_of(loaded.state)).c_str());
  if (loaded.why) printf("why: %s\n", loaded.why->line().c_str());
}
