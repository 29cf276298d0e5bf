#include "common/broker/describe.h"

#include <errno.h>
#include <sys/stat.h>

namespace scoped::broker {
namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }
std::string uid_text(uid_t uid) { return "uid " + std::to_string(uid); }

// The usual ones by our own words: strerror would bring its tables into the front.
std::string reason_of(int error) {
  switch (error) {
    case ENOENT:
      return "is not there";
    case EACCES:
    case EPERM:
      return "may not be reached (no permission)";
    case ENOTDIR:
      return "is no folder";
    case ELOOP:
      return "is a symbolic link";
    default:
      return "failed with errno " + std::to_string(error);
  }
}

std::string reason_of_connect(int error) {
  if (error == ECONNREFUSED) return "nobody listens on it";
  if (error == EAGAIN) return "its queue stayed full";
  return "it " + reason_of(error);
}

std::string mode_text(mode_t mode) {
  std::string text = "mode ";
  for (unsigned shift = 9;; shift -= 3) {
    text += static_cast<char>('0' + ((mode >> shift) & 7));
    if (shift == 0) return text;
  }
}

std::string what_was_seen(const Socket& socket, const Trail& trail) {
  const bool is_folder = S_ISDIR(trail.seen.mode);
  return (is_folder ? "folder " : "") + in_quotes(std::string_view(socket.path).substr(0, trail.seen.length));
}

std::string refusal(const Socket& socket, const Trail& trail, uid_t self) {
  const std::string what = "refused: " + what_was_seen(socket, trail);
  const std::string mode = " (" + mode_text(trail.seen.mode) + ")";
  if (trail.seen.owner != 0 && trail.seen.owner != self)
    return what + " belongs to " + uid_text(trail.seen.owner) + mode + ", and only root and " +
           uid_text(self) + " are trusted";
  return what + " of " + uid_text(trail.seen.owner) + " may be written by others" + mode;
}

std::string untrusted(const Socket& socket, const Trail& trail, uid_t self) {
  if (trail.trust == Trust::foreign) return refusal(socket, trail, self);
  if (!socket.path.starts_with('/')) return "it is no absolute path";
  if (trail.seen.error == 0) return what_was_seen(socket, trail) + " is no socket";
  return in_quotes(std::string_view(socket.path).substr(0, trail.seen.length)) + " " +
         reason_of(trail.seen.error);
}

std::string said(const Reply& reply) {
  if (reply.said != Said::answer) return "it said NOT_MINE";
  return "it answered with exit code " + std::to_string(reply.exit_code) + " and " +
         std::to_string(reply.text.size()) + " bytes";
}

std::string outcome_text(const Socket& socket, const Asked& asked, uid_t self) {
  const Trail& trail = asked.trail;
  if (asked.outcome == Outcome::not_for_it) return "not asked: it gets get, list and stale, nothing else";
  if (trail.trust != Trust::ours && trail.trust != Trust::roots) return untrusted(socket, trail, self);
  if (trail.connect_error != 0) return "its path is trusted, and " + reason_of_connect(trail.connect_error);
  if (asked.outcome == Outcome::answered) return said(asked.reply) + " (path trusted)";
  if (asked.outcome == Outcome::absent && trail.peer)
    return "refused: its listener is " + uid_text(*trail.peer) + ", which is not trusted there";
  if (asked.outcome == Outcome::absent) return "its path is longer than a socket's may be";
  return "its path is trusted, and it did not answer in time";
}

}  // namespace

std::string describe(const Socket& socket, const Asked& asked, uid_t self) {
  const char* level = socket.origin == Origin::variable ? "$SCOPED_AGENT_SOCKET"
                      : socket.level == Level::user     ? "user socket"
                                                        : "system socket";
  return std::string(level) + " " + in_quotes(socket.path) + ": " + outcome_text(socket, asked, self);
}

}  // namespace scoped::broker
