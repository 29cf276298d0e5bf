// Whether the path of a socket can be believed before a byte is sent over it (SERVING 7.1). A folder that
// somebody else may change could hold a socket of theirs, which would get the request and make up the answer.
// Blocking (a few system calls); no state.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace scoped::broker {

enum class Trust {
  absent,     // there is no socket, or a part of the path is a symbolic link or no folder
  forbidden,  // EACCES on the way
  foreign,    // a part belongs to, or may be changed by, somebody who is neither root nor we
  ours,       // every part belongs to root or us
  roots,      // every part belongs to root, and nobody else can make a name in any of the folders
};

// Walks an absolute path part by part without following links. Every folder, and the socket itself, belongs
// to root or `self` and no folder is writable for its group or others; a sticky folder of root's counts as
// not writable: nobody can replace what is in it, but anybody can put a socket where there is none any more,
// so it is never `roots`. With `also_root`, that uid counts as root.
Trust check_path(const std::string& path, uid_t self, std::optional<uid_t> also_root = {});

// From the text of /proc/self/uid_map: the uid outside of this user namespace. Nothing when the map does not
// cover it or cannot be read.
std::optional<uid_t> outer_uid(std::string_view uid_map, uid_t inner);
// One line that maps every uid to itself: no namespace, or one that changes nothing.
bool is_identity(std::string_view uid_map);

// The same of this process. overflow_uid: what uids without a mapping look like, nothing where all have one.
std::optional<uid_t> read_outer_uid(uid_t inner);
std::optional<uid_t> read_overflow_uid();

}  // namespace scoped::broker
