// docker-credential-scoped: hands the client's request to an agent and prints what comes back; it reads
// nothing of either. Where no agent knows the answer it becomes scoped-fetch (SERVING 7.1).
#include "common/base/env.h"
#include "common/broker/client.h"
#include "common/broker/describe.h"
#include "common/broker/handover.h"
#include "common/broker/joint.h"
#include "common/protocol/texts.h"
#include "helper/front/fetch.h"
#include "helper/front/input.h"
#include "helper/front/invocation.h"
#include "helper/front/miss.h"
#include "helper/front/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace scoped;
using front::Invocation;
using front::Purpose;

constexpr std::chrono::seconds kPatience{20};
// The one version of kubelet's protocol in which the front knows the empty answer.
constexpr std::string_view kKubeletVersion = "\"credentialprovider.kubelet.k8s.io/v1\"";

void forbid_core_dumps() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

// Else a socket could become descriptor 1, and the answer be written into it.
void occupy_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd) _exit(1);
}

// False: not all of it could be written.
bool print(int fd, std::string_view text) {
  signal(SIGPIPE, SIG_IGN);  // here and not at the start, since scoped-fetch would inherit it
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// An answer that did not arrive is a failure: a client must not take half of one for the whole.
int answer_with(std::string_view text, int exit_code) { return print(STDOUT_FILENO, text) ? exit_code : 1; }

broker::Heard heard_in(broker::Outcome outcome) {
  switch (outcome) {
    case broker::Outcome::answered:
      return broker::Heard::not_mine;
    case broker::Outcome::forbidden:
      return broker::Heard::forbidden;
    case broker::Outcome::no_answer:
      return broker::Heard::no_answer;
    case broker::Outcome::absent:
    case broker::Outcome::not_for_it:
      break;
  }
  return broker::Heard::absent;
}

// The first answer, or nothing and what everybody said. A user's agent that keeps silent ends the round: the
// system's agent does not know what the user configured.
std::optional<broker::Reply> ask_agents(const broker::Request& request, const Environment& environment,
                                        broker::Handover& handover, const Say& say) {
  for (const broker::Socket& socket : broker::find_sockets(environment)) {
    broker::Asked asked = broker::ask(socket, request, *handover.deadline);
    if (say) say(broker::describe(socket, asked, environment.uid()));
    if (asked.outcome == broker::Outcome::answered && asked.reply.said == broker::Said::answer)
      return std::move(asked.reply);
    const broker::Heard heard = heard_in(asked.outcome);
    handover.asked.push_back({socket.level, heard});
    if (heard != broker::Heard::not_mine && heard != broker::Heard::absent) break;
  }
  return std::nullopt;
}

int print_reply(const broker::Reply& reply) {
  if (reply.also_stderr) print(STDERR_FILENO, reply.text.reveal());
  return answer_with(reply.text.reveal(), reply.exit_code == 0 ? 0 : 1);
}

int print_miss(broker::Kind kind) {
  const bool kubelet = kind == broker::Kind::kubelet;
  std::string text(kubelet ? protocol::kKubeletNothing : protocol::kNotFound);
  text += '\n';
  return answer_with(text, kubelet ? 0 : 1);
}

bool knows_empty_answer(const broker::Request& request) {
  return request.kind == broker::Kind::docker ||
         request.input.reveal().find(kKubeletVersion) != std::string_view::npos;
}

int hand_over(const broker::Handover& handover, Secret input, const Say& say) {
  if (say) say(std::string("becomes ") + broker::kFetchProgram);
  const std::string why = front::become_fetch(handover, std::move(input));
  if (handover.kind == broker::Kind::kubelet) print(STDERR_FILENO, why);  // kubelet logs nothing else
  return answer_with(why, 1);
}

// What another helper found for the same request at the same time. Nothing: we are the one that looks, for
// those too who come now, or nobody can be met.
std::optional<broker::Reply> ask_others(const broker::Request& request, const Environment& environment,
                                        broker::Handover& handover, const Say& say) {
  const auto meeting = broker::find_meeting(environment, request);
  if (!meeting) return std::nullopt;
  broker::Met met = broker::meet(*meeting, *handover.deadline);
  if (met.listening) handover.joint = met.listening.release();  // for scoped-fetch
  if (met.reply && say) say("answered by another helper that asked for the same");
  return std::move(met.reply);
}

// An unknown action may be anything.
void say_start(const Invocation& invocation, const Say& say) {
  const bool is_known = invocation.purpose != Purpose::unknown_action && !invocation.action.empty();
  say("version " SCOPED_VERSION ", started as '" + invocation.name + "', action " +
      (is_known ? invocation.action : "unknown"));
}

// A store's input is not shown: it holds the password.
void say_request(const Invocation& invocation, const broker::Request& request, const Say& say) {
  const bool has_key = invocation.action == "get" || invocation.action == "erase";
  say("profile '" + request.profile + "'" +
      (invocation.profile.empty() && !request.profile.empty() ? " of $SCOPED_PROFILE" : "") + ", " +
      (has_key ? "key '" + redacted_key(request.input.reveal()) + "', " : std::string()) +
      std::to_string(request.input.size()) + " bytes of input");
}

int serve(const Invocation& invocation, Secret input, const Environment& environment, const Say& say) {
  const bool kubelet = invocation.purpose == Purpose::kubelet;
  broker::Request request;
  request.kind = kubelet ? broker::Kind::kubelet : broker::Kind::docker;
  request.verb = kubelet ? "get" : invocation.action;
  request.profile = invocation.profile;
  if (request.profile.empty()) request.profile = environment.get("SCOPED_PROFILE").value_or("");
  // No profile has so long a name; cut, it is unknown where that matters and harms nobody else.
  if (request.profile.size() > broker::kLongestName) request.profile.resize(broker::kLongestName);
  request.input = std::move(input);
  if (say) say_request(invocation, request, say);

  broker::Handover handover{request.verb, request.kind, request.profile, {}, {}};
  handover.deadline = std::chrono::steady_clock::now() + kPatience;
  if (invocation.purpose != Purpose::other_verb) {
    if (const auto reply = ask_agents(request, environment, handover, say)) return print_reply(*reply);
    if (knows_empty_answer(request) && front::is_certain_miss(handover.asked, environment)) {
      if (say) say("no agent knows it, and there is neither another configuration nor a saved login");
      return print_miss(request.kind);
    }
    if (const auto reply = ask_others(request, environment, handover, say)) return print_reply(*reply);
  }
  return hand_over(handover, std::move(request.input), say);
}

bool needs_input(const Invocation& invocation) {
  return invocation.purpose == Purpose::get || invocation.purpose == Purpose::kubelet ||
         (invocation.purpose == Purpose::other_verb && invocation.action != "list");
}

int run(const Invocation& invocation, const Environment& environment, const Say& say) {
  if (say) say_start(invocation, say);
  Secret input = front::drain(STDIN_FILENO, protocol::kLongestInput,
                              needs_input(invocation) ? front::Until::end : front::Until::quiet);
  switch (invocation.purpose) {
    case Purpose::version:
      return answer_with(version_text(invocation), 0);
    case Purpose::help:
      return answer_with(usage_text(invocation), 0);
    case Purpose::wrong_count:
      return answer_with(usage_text(invocation), 1);
    case Purpose::unknown_action:
      return answer_with(unknown_action_text(invocation), 1);
    case Purpose::get:
    case Purpose::other_verb:
    case Purpose::kubelet:
      break;
  }
  return serve(invocation, std::move(input), environment, say);
}

}  // namespace

int main(int argc, char** argv) {
  forbid_core_dumps();
  occupy_standard_descriptors();
  const RealEnvironment environment;
  const Say say = front::open_say(environment);
  const int exit_code = run(front::read_invocation({argv, argv + argc}), environment, say);
  if (say) say("exit code " + std::to_string(exit_code));
  _exit(exit_code);  // nothing is buffered, and memory ends with us
}
