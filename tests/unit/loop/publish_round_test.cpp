// One round against a store that others write to. Not tested here: the agent's rounds in time
// (tests/integration/publish.py, tests/kubernetes).
#include "agent/loop/publish_round.h"

#include "tests/support/catch.h"
#include "tests/support/fake_store.h"

#include <functional>

using namespace scoped;
using namespace scoped::loop;

namespace {

const record::RecordName kName{"r.io", "blue"};

class FakePublisher final : public publish::Publisher {
 public:
  Result<std::vector<publish::Consumer>> publish(const publish::Login& login) override {
    generations.push_back(login.generation);
    password = std::string(login.password.reveal());
    if (meanwhile) meanwhile();
    if (unknown) return fail(ErrorCode::unavailable, "the API server does not answer");
    std::vector<publish::Consumer> consumers(2);
    consumers[0].name = "a/pull";
    consumers[1].name = "b/pull";
    if (refused) consumers[1].problem = Error(ErrorCode::denied, "b/pull is forbidden");
    return consumers;
  }
  std::vector<int64_t> generations;
  std::string password;
  std::function<void()> meanwhile;
  bool unknown = false, refused = false;
};

struct Scene {
  Scene() { put(1); }
  void put(int64_t generation) {
    record::Record record;
    const auto loaded = store.load(kName);
    if (loaded.found) record = loaded.found->record.clone();
    record.registry = kName.registry;
    record.token = kName.token;
    record.generation = generation;
    record.current =
        record::Password{"blue", "password1", Secret("p" + std::to_string(generation)), {}, {}, {}};
    REQUIRE(store.save(kName, record, loaded.found ? loaded.found->revision : store::Revision()));
  }
  std::map<std::string, int64_t> published() { return store.load(kName).found->record.published; }
  PublishRound round() {
    config::Typed settings;
    settings.name = "pods";
    settings.type = type;
    settings.values = {{"token", "r.io/blue"}};
    return publish_round({settings, publisher, store});
  }
  std::string problem() {
    const PublishRound done = round();
    return done.problem() == nullptr ? "none" : done.problem()->line();
  }

  test::FakeStore store;
  FakePublisher publisher;
  std::string type = "kubernetes_secret";
};

using Published = std::map<std::string, int64_t>;

}  // namespace

TEST_CASE("when all have the password the record says so, once", "[loop]") {
  Scene scene;
  const PublishRound done = scene.round();
  CHECK(done.is_confirmed());
  CHECK(done.generation == 1);
  CHECK(scene.publisher.password == "p1");
  CHECK(scene.published() == Published{{"pods", 1}});
  const int saves = scene.store.saves;
  CHECK(scene.round().is_confirmed());
  CHECK(scene.store.saves == saves);
}

TEST_CASE("a file of this machine is nothing that other agents must know", "[loop]") {
  Scene scene;
  scene.type = "file";
  CHECK(scene.round().is_confirmed());
  CHECK(scene.published().empty());
}

TEST_CASE("a record that is saved without comparing is left to the rotation", "[loop]") {
  Scene scene;
  scene.store.cas = store::CompareAndSet::none;
  const int saves = scene.store.saves;
  CHECK(scene.round().is_confirmed());
  CHECK(scene.store.saves == saves);
}

TEST_CASE("one who has not got it, or may not be known, confirms nothing", "[loop]") {
  Scene scene;
  scene.publisher.refused = true;
  CHECK(scene.problem() == "b/pull is forbidden");
  scene.publisher.unknown = true;
  CHECK(scene.problem() == "the API server does not answer");
  CHECK(scene.published().empty());
}

TEST_CASE("a promotion in the middle is not confirmed by what was told before it", "[loop]") {
  Scene scene;
  scene.publisher.meanwhile = [&scene] { scene.put(2); };
  CHECK(scene.problem() == "there is a newer password already: publishing it next");
  CHECK(scene.published().empty());
  scene.publisher.meanwhile = nullptr;
  CHECK(scene.round().is_confirmed());
  CHECK(scene.published() == Published{{"pods", 2}});
}

TEST_CASE("what the rotation writes in the middle is kept", "[loop]") {
  Scene scene;
  scene.publisher.meanwhile = [&scene] { scene.put(1); };  // another revision of the same generation
  CHECK(scene.round().is_confirmed());
  CHECK(scene.published() == Published{{"pods", 1}});
  Scene lost;
  lost.publisher.meanwhile = [&lost] { lost.store.next_save = test::FakeStore::SaveFault::lost_answer; };
  CHECK(lost.round().is_confirmed());
  CHECK(lost.published() == Published{{"pods", 1}});
}

TEST_CASE("without a password there is nothing to tell, and without a record somebody must import",
          "[loop]") {
  Scene scene;
  REQUIRE(scene.store.erase(kName));
  CHECK(scene.problem() == "'r.io/blue' has no record: run 'scopedctl import r.io blue'");
  record::Record empty;
  empty.registry = kName.registry;
  empty.token = kName.token;
  REQUIRE(scene.store.save(kName, empty, ""));
  const PublishRound done = scene.round();
  CHECK(done.problem() == nullptr);
  CHECK_FALSE(done.is_confirmed());
  CHECK(scene.publisher.generations.empty());
}
