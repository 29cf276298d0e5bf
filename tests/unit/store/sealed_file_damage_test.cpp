// A record's file that is not what was written: one line that names the file and the reason, and the file is
// left alone. Not tested here: an old file put back, which this store cannot notice.
#include "tests/unit/store/scene.h"

#include <unistd.h>

using namespace scoped;
using namespace scoped::store;
using namespace scoped::store::test;
using scoped::test::slurp;
using scoped::test::spill;

namespace {

// What a load says of the store's one record when its file holds `bytes`. The file must stay as it is, and a
// save must not overwrite it.
std::string with_bytes(SealedScene& scene, const std::string& bytes) {
  spill(scene.file(), bytes);
  const auto store = scene.open();
  const std::string line = said(*store, scene.name);
  const auto saved = store->save(scene.name, sample(scene.name), Revision());
  REQUIRE_FALSE(saved);
  CHECK(saved.error().code() == ErrorCode::conflict);
  CHECK(slurp(scene.file()) == bytes);
  return line;
}

std::string corrupt(const SealedScene& scene, const std::string& reason) {
  return "corrupt: record file '" + scene.file() + "': " + reason;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a file that is cut anywhere is corrupt", "[store]") {
  SealedScene scene;
  const std::string whole = scene.save_one();
  const size_t header = whole.find('\n');
  for (size_t length : {size_t{0}, size_t{1}, header - 1, header, header + 1, header + 5, header + 60,
                        whole.size() / 2, whole.size() - 17, whole.size() - 1}) {
    INFO(length);
    CHECK(with_bytes(scene, whole.substr(0, length)).starts_with(corrupt(scene, "it is ")));
  }
}

TEST_CASE("a file with any bit flipped is corrupt", "[store]") {
  SealedScene scene;
  const std::string whole = scene.save_one();
  const auto store = scene.open();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    spill(scene.file(), flipped);
    INFO(i);
    REQUIRE(said(*store, scene.name).starts_with("corrupt: record file '" + scene.file() + "': "));
  }
}

TEST_CASE("bytes behind a record make it corrupt", "[store]") {
  SealedScene scene;
  CHECK(with_bytes(scene, scene.save_one() + "x") == corrupt(scene, "it is cut or altered"));
}

TEST_CASE("a file under another key names both keys and where they should be", "[store]") {
  SealedScene scene, other;
  scene.save_one();
  const std::string line = with_bytes(scene, other.save_one());
  CHECK(line.starts_with(corrupt(scene, "it is sealed under key ")));
  CHECK(line.find("but '" + scene.options.key_file + "' holds key ") != std::string::npos);
}

TEST_CASE("a file with a forged key id does not open", "[store]") {
  SealedScene scene, other;
  scene.save_one();
  const auto id_in = [](const std::string& bytes) {
    const size_t at = bytes.find(R"("key_id":")") + 10;
    return bytes.substr(at, 16);
  };
  const std::string foreign = other.save_one();
  const std::string forged = replaced(foreign, id_in(foreign), id_in(slurp(scene.file())));
  CHECK(with_bytes(scene, forged) == corrupt(scene, "it is cut or altered"));
}

TEST_CASE("a newer format is not guessed at", "[store]") {
  SealedScene scene;
  CHECK(with_bytes(scene, replaced(scene.save_one(), "scoped-record-1", "scoped-record-9")) ==
        corrupt(scene, "its format is not known to this version: upgrade docker-credential-scoped"));
}

TEST_CASE("a renamed file says whose it is", "[store]") {
  SealedScene scene;
  scene.save_one();
  const record::RecordName other{"r.azurecr.io", "ci-other"};
  spill(scene.file("ci-other"), slurp(scene.file()));
  CHECK(said(*scene.open(), other) == "corrupt: record file '" + scene.file("ci-other") +
                                          "': it is the record of 'r.azurecr.io/ci-main', renamed");
  spill(scene.file("ci-other"), replaced(slurp(scene.file()), "ci-main", "ci-other"));
  CHECK(said(*scene.open(), other) ==
        "corrupt: record file '" + scene.file("ci-other") + "': it is cut or altered");
  CHECK(found(*scene.open(), scene.name).record.token == "ci-main");
}

TEST_CASE("a generation that was changed beside the seal does not open", "[store]") {
  SealedScene scene;
  CHECK(with_bytes(scene, replaced(scene.save_one(), R"("generation":3)", R"("generation":4)")) ==
        corrupt(scene, "it is cut or altered"));
}

TEST_CASE("a first line that is no header is corrupt", "[store]") {
  SealedScene scene;
  scene.save_one();
  for (const char* header :
       {"\n", "x\n", "{}\n", "[]\n", "null\n", "{\"format\":7}\n", "{\"format\":\"scoped-record-1\"}\n"}) {
    INFO(header);
    CHECK(with_bytes(scene, header).starts_with(corrupt(scene, "its ")));
  }
}

TEST_CASE("a folder in a record's place is corrupt and names it", "[store]") {
  SealedScene scene;
  scene.save_one();
  unlink(scene.file().c_str());
  REQUIRE(make_folders(scene.file(), 0700));
  const auto store = scene.open();
  CHECK(said(*store, scene.name) == "corrupt: '" + scene.file() + "' is not a regular file");
  CHECK_FALSE(store->save(scene.name, sample(scene.name), Revision()));
  CHECK_FALSE(store->erase(scene.name));
}

TEST_CASE("a file without end is corrupt, not read", "[store]") {
  SealedScene scene;
  scene.save_one();
  REQUIRE(truncate(scene.file().c_str(), (1 << 20) + 1) == 0);
  CHECK(said(*scene.open(), scene.name) == "corrupt: '" + scene.file() + "' is longer than 1048576 bytes");
}

TEST_CASE("damage to one record leaves the others as they are", "[store]") {
  SealedScene scene;
  scene.save_one();
  const record::RecordName healthy{"r.azurecr.io", "healthy"};
  REQUIRE(scene.open()->save(healthy, sample(healthy), Revision()));
  spill(scene.file(), "damaged");
  const auto store = scene.open();
  CHECK(found(*store, healthy).record.token == "healthy");
  CHECK(store->list().value().size() == 2);
  CHECK(store->load(scene.name).state == LoadState::corrupt);
}
