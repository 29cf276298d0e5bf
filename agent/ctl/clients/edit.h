// Carries out a change to a client's settings file and notes it in the ledger: the note first, so that what
// is cut off in between can still be taken back. Links are followed, mode and owner stay. Blocking; one
// thread.
#pragma once

#include "agent/ctl/clients/client_file.h"

#include <string>

namespace scoped::ctl {

struct Edited {
  std::string client;
  std::string file;
  bool changed = false;
};

class ClientEditor {
 public:
  ClientEditor(const Environment& environment, bool system) : environment_(environment), system_(system) {}

  // The error names the file. With `write` false it only looks.
  Result<Edited> add(const ClientFile& client, const Wanted& wanted, bool write = true) const;
  // Back to the byte where our text is still there, else the entry alone. A file and folders that were made
  // for it go.
  Result<Edited> remove(const ClientFile& client, const Wanted& wanted) const;

 private:
  const Environment& environment_;
  bool system_;
};

}  // namespace scoped::ctl
