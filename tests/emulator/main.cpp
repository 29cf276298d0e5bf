#include "common/crypto/arena.h"
#include "tests/emulator/run.h"

#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>

int main(int argc, char** argv) {
  using namespace scoped;
  const rlimit no_core{0, 0};
  (void)setrlimit(RLIMIT_CORE, &no_core);
  crypto::install_secret_arena();
  // A text of the whole state goes back to the system when it is written, whichever thread wrote it.
  (void)mallopt(M_MMAP_THRESHOLD, 1 << 18);
  const auto options = emulator::parse_options(argc, argv);
  if (!options) {
    fprintf(stderr, "acr-emulator: %s (see --help)\n", options.error().line().c_str());
    return 2;
  }
  if (options->help) {
    fputs(emulator::help_text().c_str(), stdout);
    return 0;
  }
  if (options->version) {
    puts("acr-emulator " SCOPED_VERSION);
    return 0;
  }
  const auto outcome = emulator::run(*options, RealEnvironment());
  if (outcome) return 0;
  fprintf(stderr, "acr-emulator: %s\n", outcome.error().line().c_str());
  return 1;
}
