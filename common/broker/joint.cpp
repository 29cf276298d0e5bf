#include "common/broker/joint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace scoped::broker {
namespace {

using Deadline = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{2'000};  // one that waits longer for a slow store is not waited for
constexpr int kBacklog = 1'024;
constexpr int kAttempts = 4;  // others come and go meanwhile
constexpr milliseconds kBetweenLooks{2};
// What names a configuration, or where a store is.
constexpr const char* kNames[] = {"SCOPED_CONFIG",    "XDG_CONFIG_HOME", "HOME",
                                  "BAO_ADDR",         "VAULT_ADDR",      "BAO_AGENT_ADDR",
                                  "VAULT_AGENT_ADDR", "BAO_NAMESPACE",   "VAULT_NAMESPACE"};

uint64_t hash_of(std::string_view text) {
  uint64_t hash = 14'695'981'039'346'656'037U;  // FNV-1a: a name, not a proof; the question is compared
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  return hash;
}

std::string name_of(std::string_view question) {
  char name[32];
  snprintf(name, sizeof name, "joint-%016llx", static_cast<unsigned long long>(hash_of(question)));
  return name;
}

// Each part with its length, so that no two lists of them are one text.
void add(std::string& question, std::string_view part) {
  question.append(std::to_string(part.size())).append(":").append(part);
}

std::string question_of(const Environment& environment, const Request& request) {
  std::string question;
  for (const std::string_view part : {std::string_view(request.verb), std::string_view(request.profile),
                                      std::string_view(request.input.reveal())})
    add(question, part);
  for (const char* name : kNames) add(question, environment.get(name).value_or(""));
  std::vector<gid_t> groups(static_cast<size_t>(std::max(0, getgroups(0, nullptr))));
  if (getgroups(static_cast<int>(groups.size()), groups.data()) < 0) groups.clear();
  groups.push_back(environment.gid());
  for (const gid_t group : groups) add(question, std::to_string(group));
  return question;
}

Fd open_folder(const Environment& environment) {
  const auto home = environment.get("HOME");
  const auto state = environment.get("XDG_STATE_HOME");
  if (!state && !home) return {};
  const std::string path = (state ? *state : *home + "/.local/state") + "/scoped";
  if (path.front() != '/') return {};
  Fd fd(open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) return {};
  return info.st_uid == environment.uid() && (info.st_mode & 077) == 0 ? std::move(fd) : Fd();
}

// Through the open folder: no path is too long, and nobody can put another in its place.
sockaddr_un address_of(const Meeting& meeting, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(meeting.folder.get()) + "/" + name;
  path.copy(address.sun_path, std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

bool is_ours(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

// Nothing: another was first, or nobody can be.
Fd begin(const sockaddr_un& address) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));  // the folder keeps others out, whatever its mode
  if (!fd || bind(fd.get(), generic(address), sizeof address) != 0) return {};
  return listen(fd.get(), kBacklog) == 0 ? std::move(fd) : Fd();
}

void pause_for(milliseconds length) {
  const timespec wait{0, length.count() * 1'000'000};
  nanosleep(&wait, nullptr);
}

// Until the buffer is full.
bool read_exactly(int fd, char* buffer, size_t size, Deadline until) {
  while (size > 0) {
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left <= milliseconds(0)) return false;
    pollfd watched{fd, POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(left.count())) < 0 && errno != EINTR) return false;
    const ssize_t got = recv(fd, buffer, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return false;
    buffer += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

std::optional<Reply> read_reply(int fd, Deadline until) {
  char header[kHeader];
  if (!read_exactly(fd, header, sizeof header, until)) return std::nullopt;
  const auto size = parse_reply_header({header, sizeof header});
  if (!size) return std::nullopt;
  std::string rest(*size, '\0');
  const bool whole = read_exactly(fd, rest.data(), rest.size(), until);
  auto reply = whole ? parse_reply(rest) : fail(ErrorCode::unavailable, "no answer");
  wipe(rest);
  if (!reply) return std::nullopt;
  return std::move(*reply);
}

// The answer, if it is one to this question.
std::optional<Reply> hear(int fd, const Meeting& meeting, Deadline until) {
  auto reply = read_reply(fd, until);
  if (!reply || reply->said != Said::answer) return std::nullopt;
  const std::string_view text = reply->text.reveal();
  if (!text.starts_with(meeting.question)) return std::nullopt;
  reply->text = Secret(text.substr(meeting.question.size()));
  return reply;
}

}  // namespace

std::optional<Meeting> find_meeting(const Environment& environment, const Request& request) {
  if (request.kind != Kind::docker || request.verb != "get") return std::nullopt;
  Meeting meeting{open_folder(environment), {}, question_of(environment, request)};
  if (!meeting.folder) return std::nullopt;
  meeting.name = name_of(meeting.question);
  return meeting;
}

Met meet(const Meeting& meeting, Deadline deadline) {
  const Deadline until = std::min(deadline, std::chrono::steady_clock::now() + kPatience);
  const sockaddr_un address = address_of(meeting, meeting.name);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return {};
    if (connect(fd.get(), generic(address), sizeof address) == 0)
      return is_ours(fd.get()) ? Met{Fd(), hear(fd.get(), meeting, until)} : Met();
    if (errno == ECONNREFUSED && attempt + 2 < kAttempts) {  // the first one is about to listen, or is dead
      pause_for(kBetweenLooks);
      continue;
    }
    if (errno == ECONNREFUSED)
      unlinkat(meeting.folder.get(), meeting.name.c_str(), 0);
    else if (errno != ENOENT)
      return {};
    if (Fd listening = begin(address)) return {std::move(listening), std::nullopt};
  }
  return {};
}

std::optional<Host> Host::take(int listening, Meeting meeting) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (listening <= STDERR_FILENO || getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
      listens == 0)
    return std::nullopt;
  fcntl(listening, F_SETFD, FD_CLOEXEC);  // programs that are started for a login are not for it
  return Host(Fd(listening), std::move(meeting));
}

Host::~Host() { close_door(); }

void Host::close_door() {
  if (meeting_.folder && !meeting_.name.empty())
    unlinkat(meeting_.folder.get(), std::exchange(meeting_.name, {}).c_str(), 0);
}

void Host::tell(const Reply& reply) {
  if (meeting_.question.size() + reply.text.size() + kHeader > kLongestFrame) return;
  std::string text;
  text.reserve(meeting_.question.size() + reply.text.size());  // never moved: the answer is secret
  text.append(meeting_.question).append(reply.text.reveal());
  const Secret frame =
      encode(Reply{reply.said, reply.exit_code, reply.also_stderr, Secret::take(std::move(text))});
  close_door();
  while (true) {
    const Fd client(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!client && errno != EINTR && errno != ECONNABORTED) return;
    if (client && is_ours(client.get()))
      static_cast<void>(send(client.get(), frame.reveal().data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }
}

}  // namespace scoped::broker
