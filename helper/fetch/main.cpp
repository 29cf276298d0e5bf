// scoped-fetch: finds the answer to a helper's request when no agent gave it.
#include "common/base/file.h"
#include "common/broker/joint.h"
#include "common/crypto/arena.h"
#include "common/crypto/startup.h"
#include "common/protocol/texts.h"
#include "helper/fetch/fetch.h"
#include "helper/fetch/input.h"
#include "helper/fetch/say.h"
#include "helper/fetch/start.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace scoped;

// Room for a record and the saved logins; it is locked and cleared at every start, so no more than that.
constexpr unsigned long kArena = 64 << 10;

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
  signal(SIGPIPE, SIG_IGN);
  return write_all(fd, text, "output").has_value();
}

// An answer that did not arrive is a failure: a client must not take half of one for the whole.
int answer_with(std::string_view text, int exit_code) { return print(STDOUT_FILENO, text) ? exit_code : 1; }

// Those who wait at the socket that the front left open for us.
std::optional<broker::Host> host_of(const broker::Handover& handover, const Secret& input,
                                    const Environment& environment) {
  if (!handover.joint) return std::nullopt;
  auto meeting =
      broker::find_meeting(environment, {handover.kind, handover.verb, handover.profile, input.clone()});
  return meeting ? broker::Host::take(*handover.joint, std::move(*meeting)) : std::nullopt;
}

int run(const fetch::Start& start, const Environment& environment, const Say& say) {
  const Secret input = fetch::read_input(STDIN_FILENO, protocol::kLongestInput, start.needs_input);
  close(STDIN_FILENO);  // the front's memfd: its pages go back
  if (!start.text.empty()) return answer_with(start.text, start.exit_code);
  // Static, since a load that was not waited for may use them until the process has ended.
  static const RealClock clock;
  static SystemRandom random;
  auto host = host_of(start.handover, input, environment);
  fetch::Use use{environment, clock, random, say};
  if (host)
    use.found = [&host](const answer::Answer& found) {
      host->tell({broker::Said::answer, found.exit_code, found.also_stderr, found.text.clone()});
    };
  const answer::Answer answer = fetch::fetch(start.handover, input, use);
  host.reset();
  if (answer.also_stderr) print(STDERR_FILENO, answer.text.reveal());
  return answer_with(answer.text.reveal(), answer.exit_code);
}

}  // namespace

int main(int argc, char** argv) {
  forbid_core_dumps();
  occupy_standard_descriptors();
  crypto::skip_openssl_configuration();
  crypto::install_secret_arena(kArena);
  static const RealEnvironment environment;
  const Say say = fetch::open_say(environment);
  const int exit_code = run(fetch::read_start({argv, argv + argc}), environment, say);
  if (say) say("exit code " + std::to_string(exit_code));
  _exit(exit_code);  // everything is written and wiped; what OpenSSL would tidy up ends with the process
}
