// The embedded store: what it is made of and what it refuses. Not tested here: damage to a record's file
// (sealed_file_damage_test), a disk that is full (the agent's integration test).
#include "common/store/sealed_file.h"

#include "common/store/types.h"
#include "tests/unit/store/scene.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;
using scoped::test::slurp;
using scoped::test::spill;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

std::string why(const Result<std::unique_ptr<RecordStore>>& opened) {
  return opened ? "opened" : std::string(name_of(opened.error().code())) + ": " + opened.error().line();
}

// Changes what a file holds and puts it back at the end.
class Changed {
 public:
  Changed(std::string path, const std::string& text) : path_(std::move(path)), before_(slurp(path_)) {
    spill(path_, text);
  }
  ~Changed() { spill(path_, before_); }

 private:
  std::string path_, before_;
};

}  // namespace

TEST_CASE("sealed_file keeps the contract of stores", "[store]") {
  SealedScene scene;
  check_contract([&] { return scene.open(); });
}

TEST_CASE("processes at once lose no update", "[store]") {
  SealedScene scene;
  REQUIRE(scene.open()->save(scene.name, sample(scene.name, 1), Revision()));
  std::vector<pid_t> agents;
  for (int i = 0; i < 4; ++i) {
    const pid_t agent = fork();
    if (agent == 0) {
      raise_generation(*scene.open(), scene.name, 8);
      _exit(0);
    }
    agents.push_back(agent);
  }
  for (const pid_t agent : agents) {
    int status = 1;
    waitpid(agent, &status, 0);
    CHECK(status == 0);
  }
  CHECK(found(*scene.open(), scene.name).record.generation == 33);
}

TEST_CASE("init makes a private folder and a private key outside of it", "[store]") {
  SealedScene scene;
  CHECK(mode_of(scene.options.folder) == 0700);
  CHECK(mode_of(scene.options.key_file) == 0600);
  CHECK(mode_of(scene.options.folder + "/store.json") == 0600);
  const std::string key = slurp(scene.options.key_file);
  CHECK(slurp(scene.options.folder + "/store.json").find(key.substr(0, 64)) == std::string::npos);
}

TEST_CASE("init twice changes nothing", "[store]") {
  SealedScene scene;
  scene.save_one();
  const std::string key = slurp(scene.options.key_file);
  CHECK_FALSE(init_sealed_file(scene.options, scene.random).value());
  CHECK(slurp(scene.options.key_file) == key);
  CHECK(found(*scene.open(), scene.name).record.token == "ci-main");
}

TEST_CASE("init uses a key that is there", "[store]") {
  SealedScene scene(false);
  SealedScene other;
  REQUIRE(make_folders(scene.folder / "keys", 0700));
  REQUIRE(write_file_atomically(scene.options.key_file, slurp(other.options.key_file), 0600));
  REQUIRE(init_sealed_file(scene.options, scene.random).value());
  CHECK(slurp(scene.options.key_file) == slurp(other.options.key_file));
}

TEST_CASE("init puts no key beside what it seals", "[store]") {
  SealedScene scene(false);
  for (const char* place : {"records/key", "records/keys/key"}) {
    scene.options.key_file = scene.folder / place;
    CHECK(init_sealed_file(scene.options, scene.random).error().code() == ErrorCode::invalid_input);
  }
  CHECK_FALSE(file_exists(scene.options.folder));
}

TEST_CASE("init makes no new key where records wait for theirs", "[store]") {
  SealedScene scene;
  scene.save_one();
  unlink((scene.options.folder + "/store.json").c_str());
  unlink(scene.options.key_file.c_str());
  const auto made = init_sealed_file(scene.options, scene.random);
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == ErrorCode::corrupt);
  CHECK(made.error().line().find(scene.options.key_file) != std::string::npos);
  CHECK_FALSE(file_exists(scene.options.key_file));
}

TEST_CASE("processes that init at once agree on one key", "[store]") {
  SealedScene scene(false);
  std::vector<std::thread> threads;
  std::atomic<int> first{0}, failed{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const auto made = init_sealed_file(scene.options, scene.random);
      if (!made) ++failed;
      if (made && *made) ++first;
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(first == 1);
  CHECK(why(open_sealed_file(scene.options, scene.random)) == "opened");
}

TEST_CASE("a store that is not initialised says what to run", "[store]") {
  SealedScene scene(false);
  const std::string expected =
      "not_found: '" + scene.options.folder + "' is not initialised: run 'scopedctl init'";
  CHECK(why(open_sealed_file(scene.options, scene.random)) == expected);
  REQUIRE(make_folders(scene.options.folder, 0700));
  CHECK(why(open_sealed_file(scene.options, scene.random)) == expected);
  CHECK_FALSE(file_exists(scene.options.key_file));
}

TEST_CASE("a key that is missing is never made again", "[store]") {
  SealedScene scene;
  unlink(scene.options.key_file.c_str());
  CHECK(why(open_sealed_file(scene.options, scene.random))
            .starts_with("denied: key file '" + scene.options.key_file + "' is missing: put it back"));
  CHECK(init_sealed_file(scene.options, scene.random).error().code() == ErrorCode::denied);
  CHECK_FALSE(file_exists(scene.options.key_file));
}

TEST_CASE("another key is told by its id, a damaged one by its file", "[store]") {
  SealedScene scene, other;
  {
    const Changed changed(scene.options.key_file, slurp(other.options.key_file));
    const std::string said = why(open_sealed_file(scene.options, scene.random));
    CHECK(said.starts_with("corrupt: '" + scene.options.folder + "' is sealed under key "));
    CHECK(said.find("'" + scene.options.key_file + "' holds key ") != std::string::npos);
    CHECK(init_sealed_file(scene.options, scene.random).error().code() == ErrorCode::corrupt);
  }
  for (const char* text : {"", "abc", "\n"}) {
    const Changed changed(scene.options.key_file, text);
    CHECK(why(open_sealed_file(scene.options, scene.random))
              .starts_with("corrupt: key file '" + scene.options.key_file + "' holds no key ("));
  }
  chmod(scene.options.key_file.c_str(), 0644);
  CHECK(why(open_sealed_file(scene.options, scene.random)).starts_with("denied: key file: "));
}

TEST_CASE("a damaged store.json is corrupt and names the file", "[store]") {
  SealedScene scene;
  const std::string path = scene.options.folder + "/store.json";
  for (const char* text : {"", "{", "[]", "{}", R"({"schema":1})", R"({"schema":2,"key_id":"x"})",
                           R"({"schema":1,"key_id":7})"}) {
    INFO(text);
    const Changed changed(path, text);
    CHECK(why(open_sealed_file(scene.options, scene.random)).starts_with("corrupt: '" + path + "': "));
  }
}

TEST_CASE("absence is proven, or it is not told", "[store]") {
  SealedScene scene;
  const auto store = scene.open();
  CHECK(said(*store, scene.name) == "absent");
  REQUIRE(make_folders(scene.options.folder + "/r.azurecr.io", 0700));
  CHECK(said(*store, scene.name) == "absent");
  REQUIRE(symlink("/not/mounted", scene.file().c_str()) == 0);
  CHECK(said(*store, scene.name) == "unavailable: '" + scene.file() + "' is a link that leads nowhere");
  unlink(scene.file().c_str());
  rename(scene.options.folder.c_str(), (scene.folder / "elsewhere").c_str());
  CHECK(said(*store, scene.name).starts_with("unavailable: the store's folder went away: "));
  CHECK_FALSE(store->erase(scene.name));
}

TEST_CASE("a folder that cannot be read is denied, not absent, and not listed as empty", "[store]") {
  if (geteuid() == 0) return;  // root reads everything
  SealedScene scene;
  scene.save_one();
  const auto store = scene.open();
  const std::string folder = scene.options.folder + "/r.azurecr.io";
  chmod(folder.c_str(), 0);
  CHECK(said(*store, scene.name).starts_with("denied: open '" + scene.file() + "'"));
  CHECK_FALSE(store->list());
  CHECK_FALSE(store->erase(scene.name));
  chmod(folder.c_str(), 0700);
}

TEST_CASE("strangers in the folder are not listed", "[store]") {
  SealedScene scene;
  scene.save_one();
  const std::string folder = scene.options.folder + "/r.azurecr.io/";
  for (const char* name : {"notes", "x%2.rec", ".scoped-tmp.1.0", "other.rec~"}) spill(folder + name, "");
  REQUIRE(make_folders(scene.options.folder + "/.snapshots", 0700));
  CHECK(scene.open()->list().value() == std::vector<record::RecordName>{scene.name});
}

TEST_CASE("what a crashed writer left is swept by the next save", "[store]") {
  SealedScene scene;
  scene.save_one();
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, nullptr, 0);
  const std::string left = scene.options.folder + "/r.azurecr.io/.scoped-tmp." + std::to_string(dead) + ".0";
  spill(left, "half");
  const auto store = scene.open();
  const Found record = found(*store, scene.name);
  REQUIRE(store->save(scene.name, record.record, record.revision));
  CHECK_FALSE(file_exists(left));
}

TEST_CASE("records are private files beside a lock that stays", "[store]") {
  SealedScene scene;
  scene.save_one();
  CHECK(mode_of(scene.file()) == 0600);
  CHECK(mode_of(scene.options.folder + "/r.azurecr.io") == 0700);
  REQUIRE(scene.open()->erase(scene.name));
  CHECK(file_exists(scene.options.folder + "/r.azurecr.io/ci-main.lock"));
}

TEST_CASE("a record that could not be read back is not written", "[store]") {
  SealedScene scene;
  const std::string before = scene.save_one();
  const auto store = scene.open();
  Found read = found(*store, scene.name);
  read.record.pending->slot = read.record.current->slot;
  read.record.busy.reset();
  const auto saved = store->save(scene.name, read.record, read.revision);
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::internal);
  CHECK(slurp(scene.file()) == before);
}

TEST_CASE("no password is in a record's file", "[store]") {
  SealedScene scene;
  const std::string bytes = scene.save_one();
  for (const char* secret : {"hunter2", "older", "newer"}) CHECK(bytes.find(secret) == std::string::npos);
}

TEST_CASE("the table opens and initialises what the configuration names", "[store]") {
  SealedScene scene(false);
  const FixedEnvironment environment({});
  const RealClock clock;
  const Context context{environment, clock, scene.random};
  config::Typed settings;
  settings.name = "local";
  settings.type = "sealed_file";
  settings.values["path"] = scene.options.folder;
  settings.values["key"] = config::SecretSource{config::SecretSource::Kind::file, scene.options.key_file};
  CHECK(open_store(settings, context).error().line().starts_with("store 'local': '"));
  CHECK(init_store(settings, context).value());
  CHECK(open_store(settings, context).value()->display() == "sealed_file '" + scene.options.folder + "'");
  CHECK(open_store(settings, context).value()->caps().cas == types()[0].cas);
  settings.type = "vaultt";
  CHECK(open_store(settings, context).error().line() == "store 'local' has unknown type 'vaultt'");
}

TEST_CASE("every type of store has a sentence and rows with one", "[store]") {
  for (const Type& type : types()) {
    INFO(type.name);
    CHECK_FALSE(type.doc.empty());
    for (const config::Setting& row : type.settings) CHECK_FALSE(row.doc.empty());
  }
}

TEST_CASE("the default store is the system's or the user's own", "[store]") {
  using Map = std::map<std::string, std::string>;
  const auto places = [](const Map& variables, bool system) {
    const config::Typed store = default_store(FixedEnvironment(variables), system);
    return store.text("path") + " " + store.secret("key").name;
  };
  CHECK(places({}, true) == "/var/lib/scoped/records /etc/scoped/key");
  CHECK(places({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}}, false) ==
        "/s/scoped/records /s/scoped/records.key");
  CHECK(places({{"XDG_STATE_HOME", "s"}, {"HOME", "/h"}}, false) ==
        "/h/.local/state/scoped/records /h/.local/state/scoped/records.key");
}
