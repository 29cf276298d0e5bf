// What scopedctl changed in files of others, kept so that it can be taken back to the byte: texts that were
// put in and what they replaced, which are names of hosts and helpers and never secrets. One JSON file per
// person, one for the system. Blocking; one thread.
#pragma once

#include "agent/ctl/clients/splice.h"
#include "common/base/env.h"
#include "common/base/result.h"

#include <string>
#include <vector>

namespace scoped::ctl {

struct LedgerEntry {
  std::string client;
  std::string host;
  std::string helper;
  std::string file;                       // after all links
  bool made_file = false;                 // it did not exist
  std::vector<std::string> made_folders;  // outermost first
  Splice splice;
  std::vector<std::string> ledger_folders = {};  // that were made for this ledger itself
};

// /var/lib/docker-credential-scoped of the system, which is root's alone, else $XDG_STATE_HOME/scoped/undo.
std::string undo_folder(const Environment& environment, bool system);

// An absent file is an empty list, and an empty list is no file. corrupt: it is not ours, with its path.
Result<std::vector<LedgerEntry>> read_ledger(const std::string& folder);
Result<> write_ledger(const std::string& folder, const std::vector<LedgerEntry>& entries);

// The pure halves.
std::string format_ledger(const std::vector<LedgerEntry>& entries);
Result<std::vector<LedgerEntry>> parse_ledger(const std::string& text);

}  // namespace scoped::ctl
