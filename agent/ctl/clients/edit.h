// Carries out a change to a client's settings file and notes it in the ledger: the note first, so that what
// is cut off in between can still be taken back. Links are followed, mode and owner stay. Blocking; one
// thread.
#pragma once

#include "agent/ctl/clients/client_file.h"
#include "common/base/secret.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::ctl {

struct Edited {
  std::string client;
  std::string file;
  bool changed = false;
};

// The folders on the way to a file that are not there yet, outermost first; and away with those that are
// empty.
std::vector<std::string> missing_folders(const std::string& file);
void remove_empty_folders(const std::vector<std::string>& outermost_first);

class ClientEditor {
 public:
  ClientEditor(const Environment& environment, bool system) : environment_(environment), system_(system) {}

  // The error names the file. With `write` false it only looks.
  Result<Edited> add(const ClientFile& client, const Wanted& wanted, bool write = true) const;
  // Back to the byte where our text is still there, else the entry alone. A file and folders that were made
  // for it go.
  Result<Edited> remove(const ClientFile& client, const Wanted& wanted) const;
  // Another text in place of what stands there, which is not noted; nothing: it stays. An absent file is an
  // empty text and stays absent.
  using Rewrite = std::function<Result<std::optional<Secret>>(std::string_view text)>;
  Result<> rewrite(const ClientFile& client, const Wanted& wanted, const Rewrite& rewrite) const;

 private:
  const Environment& environment_;
  bool system_;
};

}  // namespace scoped::ctl
