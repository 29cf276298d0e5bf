// From nginx's log lines to events. Not tested here: that nginx writes them so (tests/az/commands.py).
#include "tests/emulator/repository_events.h"

#include "tests/emulator/access_tokens.h"
#include "tests/emulator/log_receiver.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/emulator/world.h"

#include <fcntl.h>
#include <unistd.h>

using namespace scoped;
using namespace scoped::emulator;
using namespace scoped::emulator_test;

namespace {

const Images kNoImages("");
const std::string kHost = "localhost:2";
const std::string kDigest = "sha256:" + std::string(64, 'a');

std::string line(const std::string& method, const std::string& target, int status,
                 const std::string& authorization) {
  return R"({"method":")" + method + R"(","target":")" + target + R"(","status":")" + std::to_string(status) +
         R"(","seconds":"0.250","caller":"10.0.0.7","agent":"docker/20","authorization":")" + authorization +
         R"(","digest":")" + kDigest +
         R"(","sent_type":"text/sent","sent":"7","received_type":"text/received","received":"9","id":"abc"})";
}

class Scene {
 public:
  std::optional<Event> read(const std::string& method, const std::string& target, int status,
                            const std::string& user = "node-blue") {
    const auto token = make_access_token(keys().signer, {user, kHost, {}}, clock_.now(), "id").value();
    return read_event(line(method, target, status, "Bearer " + token), source_, clock_.now());
  }
  std::optional<Event> read_line(const std::string& text) { return read_event(text, source_, clock_.now()); }

  scoped::test::FakeClock clock_;
  EventSource source_{keys().signer, kNoImages, kHost};
};

}  // namespace

TEST_CASE("a manifest that comes or goes is a push, a pull or a deletion", "[emulator]") {
  Scene scene;
  const auto push = scene.read("PUT", "/v2/demo/app/manifests/latest", 201);
  REQUIRE(push);
  CHECK(push->table == Event::Table::repository);
  CHECK(push->operation == "Push");
  CHECK(push->identity == "node-blue");
  CHECK(push->repository == "demo/app");
  CHECK(push->tag == "latest");
  CHECK(push->digest == kDigest);
  CHECK(push->media_type == "text/received");
  CHECK(push->size == 9);
  CHECK(push->status == 201);
  CHECK(push->milliseconds == 250);
  CHECK(push->caller == "10.0.0.7");
  CHECK(push->agent == "docker/20");
  CHECK(push->correlation == "abc");

  const auto pull = scene.read("GET", "/v2/demo/app/manifests/" + kDigest + "?x=1", 200);
  REQUIRE(pull);
  CHECK(pull->operation == "Pull");
  CHECK(pull->tag.empty());
  CHECK(pull->digest == kDigest);
  CHECK(pull->media_type == "text/sent");
  CHECK(pull->size == 7);

  CHECK(scene.read("DELETE", "/v2/demo/app/manifests/" + kDigest, 202)->operation == "Delete");
  CHECK(scene.read("GET", "/v2/demo/app/manifests/none", 404)->status == 404);
}

TEST_CASE("a refusal is an event whatever was refused", "[emulator]") {
  Scene scene;
  const auto push = scene.read("POST", "/v2/demo/app/blobs/uploads/", 401);
  REQUIRE(push);
  CHECK(push->operation == "Push");
  CHECK(push->repository == "demo/app");
  CHECK(push->digest.empty());
  CHECK(scene.read("HEAD", "/v2/demo/app/manifests/latest", 401)->operation == "Pull");
  CHECK(scene.read("GET", "/v2/demo/app/blobs/" + kDigest, 500)->operation == "Pull");
}

TEST_CASE("layers, lists and looks are no events", "[emulator]") {
  Scene scene;
  struct Row {
    const char* method;
    const char* target;
    int status;
  };
  for (const Row& row : {Row{"GET", "/v2/demo/app/blobs/sha256:a", 200},
                         {"HEAD", "/v2/demo/app/blobs/sha256:a", 404},
                         {"HEAD", "/v2/demo/app/manifests/latest", 200},
                         {"HEAD", "/v2/demo/app/manifests/latest", 404},
                         {"POST", "/v2/demo/app/blobs/uploads/", 202},
                         {"PATCH", "/v2/demo/app/blobs/uploads/x", 202},
                         {"GET", "/v2/demo/app/tags/list", 401},
                         {"GET", "/v2/", 401},
                         {"GET", "/acr/v1/demo/app/manifests/x", 200},
                         {"GET", "/v2/Bad Name/manifests/x", 401},
                         {"OPTIONS", "/v2/demo/app/manifests/x", 401}}) {
    INFO(row.method << " " << row.target);
    CHECK_FALSE(scene.read(row.method, row.target, row.status));
  }
}

TEST_CASE("without a bearer of this registry there is nobody to name", "[emulator]") {
  Scene scene;
  const std::string target = "/v2/demo/app/manifests/latest";
  CHECK_FALSE(scene.read_line(line("GET", target, 401, "")));
  CHECK_FALSE(scene.read_line(line("GET", target, 401, "Basic abc")));
  CHECK_FALSE(scene.read_line(line("GET", target, 401, "Bearer abc")));
  CHECK_FALSE(scene.read_line("no line of ours"));
  CHECK_FALSE(scene.read_line("[]"));
  CHECK_FALSE(scene.read_line("{}"));
}

TEST_CASE("log lines come out of a pipe whole, however they went in", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  const std::string path = folder / "events";
  std::vector<std::string> lines;
  {
    auto receiver =
        LogReceiver::start(path, [&](std::string_view line) { lines.push_back(std::string(line)); });
    REQUIRE(receiver);
    const Fd client(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    for (const std::string text : {"one\ntw", "o\n", "\nthree", "\n"})
      REQUIRE(write(client.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    CHECK_FALSE(LogReceiver::start(path, [](std::string_view) {}));  // it is there already
  }
  CHECK(lines == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("a pipe holds up who writes more than can be taken at once, and loses nothing", "[emulator]") {
  scoped::test::TemporaryFolder folder;
  const std::string path = folder / "events";
  size_t bytes = 0;
  const std::string line = std::string(3000, 'x') + "\n";
  {
    auto receiver = LogReceiver::start(path, [&](std::string_view text) { bytes += text.size() + 1; });
    REQUIRE(receiver);
    const Fd client(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    for (int i = 0; i < 500; ++i)
      REQUIRE(write(client.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
  CHECK(bytes == 500 * line.size());
}
