// Who is inside a listener, and who has to leave when it is full, so that nobody keeps others out by being
// many. A client of ours sends its request as soon as it is connected, so whoever has sent none for longest
// is the first to go. Pure; single-threaded.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <map>
#include <optional>
#include <set>

namespace scoped::serve {

class Crowd {
 public:
  using Ticket = uint64_t;

  // `most` in all, `most_of_one` of each uid.
  Crowd(size_t most, size_t most_of_one) : most_(most), most_of_one_(most_of_one) {}

  struct Entry {
    Ticket ticket = 0;
    std::optional<Ticket> leaves;  // to be closed by the caller; it is not counted any more
  };
  // Nothing: the newcomer is refused. That happens where its own uid has too many that wait for an answer, or
  // where all have asked and no uid has more inside than the newcomer's.
  std::optional<Entry> enter(uid_t uid);
  // Its request is whole: others leave before it does. REQUIRES: it is inside.
  void has_asked(Ticket ticket);
  // Unknown tickets (of those who had to leave) are allowed.
  void leave(Ticket ticket);

  size_t size() const { return inside_.size(); }

 private:
  struct Guest {
    uid_t uid = 0;
    bool asked = false;
  };
  struct Group {
    std::set<Ticket> silent;
    std::set<Ticket> asked;
    size_t size() const { return silent.size() + asked.size(); }
  };
  std::optional<Ticket> who_leaves_for(uid_t uid) const;

  size_t most_;
  size_t most_of_one_;
  Ticket next_ = 1;
  std::map<Ticket, Guest> inside_;
  std::set<Ticket> silent_;
  std::map<uid_t, Group> groups_;
};

}  // namespace scoped::serve
