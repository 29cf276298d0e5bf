// scopedctl: sets the environment up and maps the outcome to an exit code; all else is in program.cpp.
#include "agent/ctl/complete_names.h"
#include "agent/ctl/run.h"
#include "common/crypto/arena.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string_view>

namespace {

constexpr unsigned kCompletionPatience = 2;  // seconds that a person waits for a completion

// Quietly: the shell would tell of a process that a signal has ended.
void end_after(unsigned seconds) {
  signal(SIGALRM, [](int) { _exit(0); });
  alarm(seconds);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace scoped;
  const rlimit none{0, 0};  // a core file would hold passwords
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
  signal(SIGPIPE, SIG_IGN);  // a closed terminal must not end a rotation in the middle
  crypto::install_secret_arena();

  if (argc > 1 && argv[1] == std::string_view(ctl::kCompleteWord)) end_after(kCompletionPatience);
  const RealEnvironment environment;
  const RealClock clock;
  SystemRandom random;
  ctl::Stop stop;
  stop.listen_to_signals();
  ctl::RealConsole console([&stop] { return stop.asked(); });
  const int code = ctl::run_program({argv + 1, argv + argc}, {environment, clock, random, console, stop});
  return code == 0 && console.output_failed() ? static_cast<int>(ctl::Exit::failed) : code;
}
