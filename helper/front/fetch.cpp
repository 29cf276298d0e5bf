#include "helper/front/fetch.h"

#include "common/base/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

namespace scoped::front {
namespace {

// MFD_NOEXEC_SEAL of Linux 6.3: where the sysctl vm.memfd_noexec is 2, nothing else is allowed.
constexpr unsigned kNoExec = 8;

Fd make_memfd() {
  Fd fd(memfd_create("stdin", MFD_ALLOW_SEALING | kNoExec));
  return fd || errno != EINVAL ? std::move(fd) : Fd(memfd_create("stdin", MFD_ALLOW_SEALING));
}

bool put_on_stdin(std::string_view bytes) {
  Fd fd = make_memfd();
  if (!fd) return false;
  while (!bytes.empty()) {
    const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return lseek(fd.get(), 0, SEEK_SET) == 0 && dup2(fd.get(), STDIN_FILENO) == STDIN_FILENO;
}

std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || static_cast<size_t>(size) == sizeof path) return {};
  const std::string_view own(path, static_cast<size_t>(size));
  return std::string(own.substr(0, own.rfind('/')));
}

void execute(const std::string& folder, const std::vector<std::string>& arguments) {
  if (folder.empty()) return;
  const std::string program = folder + "/" + broker::kFetchProgram;
  std::vector<char*> argv{const_cast<char*>(broker::kFetchProgram)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
}

}  // namespace

std::string become_fetch(const broker::Handover& handover, Secret input) {
  if (!put_on_stdin(input.reveal()))
    return "scoped-fetch cannot be handed the request: no memory is left: try again\n";
  input = Secret();
  const auto arguments = arguments_of(handover);
  const std::string own = own_folder();
  execute(own, arguments);
  execute(SCOPED_LIBEXECDIR, arguments);
  return "no agent answers, and scoped-fetch cannot be started from '" + own +
         "' or '" SCOPED_LIBEXECDIR "': install it again\n";
}

}  // namespace scoped::front
