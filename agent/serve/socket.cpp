#include "agent/serve/listeners.h"
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace scoped::serve {
namespace {

constexpr int kBacklog = 1024;
constexpr size_t kMostGroups = 65'536;  // NGROUPS_MAX

tl::unexpected<Error> errno_failure(std::string_view action, std::string_view object) {
  return fail(errno_error(errno, action, object));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path)
    return fail(ErrorCode::invalid_input, "socket path '" + path + "' is empty or longer than " +
                                              std::to_string(sizeof address.sun_path - 1) + " bytes");
  path.copy(address.sun_path, path.size());
  return address;
}

Result<Fd> make_socket(int flags) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  if (!fd) return errno_failure("make", "unix socket");
  return fd;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// Frees the path: what is there must be a socket on which nobody listens.
Result<> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return errno_failure("look at", path);
  }
  if (!S_ISSOCK(info.st_mode)) return fail(ErrorCode::conflict, "'" + path + "' exists and is not a socket");
  // Not blocking: a listener with a full backlog is one that listens.
  const Fd probe = TRY(make_socket(SOCK_NONBLOCK));
  const bool refused = connect(probe.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
  if (!refused) return fail(ErrorCode::conflict, "another process listens on '" + path + "'");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return errno_failure("remove stale socket", path);
  return {};
}

// bind takes the umask from the mode that the socket has.
bool bind_exactly(const Fd& fd, const sockaddr_un& address) {
  const mode_t mask = umask(0);
  const int result = bind(fd.get(), generic(address), sizeof address);
  const int error = errno;
  umask(mask);
  errno = error;
  return result == 0;
}

}  // namespace

Result<> make_own_folder(const std::string& path, mode_t mode) {
  TRY(make_folders(path, mode));
  const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!fd && (errno == ELOOP || errno == ENOTDIR))
    return fail(ErrorCode::denied, "'" + path + "' is a symbolic link or no folder: remove it");
  if (!fd || fstat(fd.get(), &info) != 0) return errno_failure("open folder", path);
  if (info.st_uid != geteuid())
    return fail(ErrorCode::denied,
                "folder '" + path + "' belongs to uid " + std::to_string(info.st_uid) + ": remove it");
  if (fchmod(fd.get(), mode) != 0) return errno_failure("set the mode of", path);
  return {};
}

Result<Fd> bind_socket(const std::string& path, mode_t mode, InTheWay in_the_way) {
  const sockaddr_un address = TRY(address_of(path));
  const std::string folder = folder_of(path);
  if (!file_exists(folder)) TRY(make_folders(folder, (mode & 077) == 0 ? 0700 : 0755));
  if (in_the_way == InTheWay::keep) {
    TRY(remove_stale(path, address));
  } else if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return errno_failure("remove", path);
  }
  Fd fd = TRY(make_socket(SOCK_NONBLOCK));
  // Not afterwards and by its name: that could be a link by then, which leads to a file of root's.
  if (fchmod(fd.get(), mode) != 0) return errno_failure("set the mode of", path);
  if (!bind_exactly(fd, address)) return errno_failure("bind", path);
  if (listen(fd.get(), kBacklog) != 0) return errno_failure("listen on", path);
  return fd;
}

Result<Peer> read_peer(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return errno_failure("read the peer of", "unix socket");
  Peer peer{credentials.uid, {credentials.gid}};
  std::vector<gid_t> groups(64);
  while (true) {
    size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) break;
    if (errno != ERANGE || groups.size() > kMostGroups)
      return errno_failure("read the groups of the peer of", "unix socket");
    groups.resize(std::max(groups.size() * 2, size / sizeof(gid_t)));
  }
  peer.gids.insert(peer.gids.end(), groups.begin(),
                   groups.begin() + static_cast<std::ptrdiff_t>(size / sizeof(gid_t)));
  return peer;
}

}  // namespace scoped::serve
