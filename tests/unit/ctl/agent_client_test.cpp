// Not tested here: what the agent answers (tests/integration).
#include "agent/ctl/agent_client.h"

#include "common/base/handle.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/ctl/scene.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

using namespace scoped;
using namespace scoped::ctl;
using namespace scoped::test;
using std::chrono::milliseconds;

namespace {

// Listens, takes one connection, reads the request to its end and answers with bytes.
class OneAnswer {
 public:
  explicit OneAnswer(const std::string& path, std::string answer, bool hang = false)
      : listening_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), answer_(std::move(answer)), hang_(hang) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listening_.get(), 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    shutdown(listening_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  const std::string& request() {
    thread_.join();
    return request_;
  }

 private:
  void serve() {
    const Fd client(accept(listening_.get(), nullptr, nullptr));
    if (!client) return;
    char byte = 0;
    while (recv(client.get(), &byte, 1, 0) == 1) request_ += byte;
    if (hang_) {  // until the client gives up
      while (send(client.get(), " ", 1, MSG_NOSIGNAL) == 1) usleep(10'000);
      return;
    }
    for (size_t at = 0; at < answer_.size(); ++at)  // as bad as a stream may be
      if (send(client.get(), &answer_[at], 1, MSG_NOSIGNAL) != 1) return;
  }

  Fd listening_;
  std::string answer_;
  bool hang_;
  std::string request_;
  std::thread thread_;
};

json::Value status_request() {
  json::Object request;
  request.set("ask", "status");
  return request;
}

Result<std::optional<json::Value>> ask(const std::string& path, const Patience& patience = {}) {
  return ask_agent(path, status_request(), geteuid(), patience);
}

}  // namespace

TEST_CASE("the agent is sent one JSON text and answers with one", "[ctl]") {
  const TemporaryFolder folder;
  OneAnswer agent(folder / "control.sock", "{\"agent\": {\"pid\": 7}, \"tokens\": []}\n");
  const auto answer = ask(folder / "control.sock");
  REQUIRE(answer);
  REQUIRE(answer->has_value());
  CHECK(*(*answer)->at({"agent", "pid"})->integer() == 7);
  CHECK(agent.request() == R"({"ask":"status"})");
}

TEST_CASE("where nobody listens there is no answer and no error", "[ctl]") {
  const TemporaryFolder folder;
  const auto missing = ask(folder / "control.sock");
  REQUIRE(missing);
  CHECK_FALSE(missing->has_value());
  { const OneAnswer gone(folder / "control.sock", ""); }
  const auto dead = ask(folder / "control.sock");
  REQUIRE(dead);
  CHECK_FALSE(dead->has_value());
}

TEST_CASE("an error of the agent is passed on as it is", "[ctl]") {
  const TemporaryFolder folder;
  const OneAnswer agent(folder / "control.sock", R"({"error":"rotate 'h/t': no space left"})");
  CHECK(error_line(ask(folder / "control.sock")) == "rotate 'h/t': no space left");
}

TEST_CASE("an agent that hangs up, talks nonsense or stays silent is told apart", "[ctl]") {
  struct Row {
    const char* answer;
    ErrorCode code;
  };
  for (const Row& row : {Row{"", ErrorCode::unavailable}, Row{"hello", ErrorCode::corrupt},
                         Row{"[]", ErrorCode::corrupt}, Row{"{\"a\":1}{", ErrorCode::corrupt}}) {
    const TemporaryFolder folder;
    const OneAnswer agent(folder / "control.sock", row.answer);
    const auto answer = ask(folder / "control.sock");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == row.code);
  }
  const TemporaryFolder folder;
  const OneAnswer agent(folder / "control.sock", "", true);
  const auto answer = ask(folder / "control.sock", {.at_most = milliseconds(50)});
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code() == ErrorCode::unavailable);
}

TEST_CASE("a socket behind closed doors is not taken for an absent agent", "[ctl]") {
  const TemporaryFolder folder;
  mkdir((folder / "run").c_str(), 0777);
  chmod((folder / "run").c_str(), 0777);
  const OneAnswer agent(folder / "run/control.sock", "{}");
  CHECK(error_line(ask(folder / "run/control.sock")).find("is not believed") != std::string::npos);
}

TEST_CASE("a path that no socket can have is an error", "[ctl]") {
  const TemporaryFolder folder;
  const std::string deep = folder / std::string(200, 'x');
  const auto answer = ask(deep);
  CHECK((answer ? !answer->has_value() : answer.error().code() == ErrorCode::invalid_input));
}
