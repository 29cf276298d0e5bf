#include "agent/ctl/clients/edit.h"

#include "agent/ctl/clients/ledger.h"
#include "common/base/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace scoped::ctl {
namespace {

constexpr size_t kLongest = 4 << 20;
constexpr mode_t kFolderMode = 0700, kSystemFolderMode = 0755;

struct Target {
  std::string file;  // behind all links
  std::string text;
  bool exists = false;
  mode_t mode = 0600;
};

Result<Target> read_target(const ClientFile& client, const std::string& path) {
  Target target;
  std::error_code problem;
  target.file = std::filesystem::weakly_canonical(path, problem).string();
  if (problem) return fail(errno_error(problem.value(), "follow", path));
  struct stat info {};
  target.exists = stat(target.file.c_str(), &info) == 0;
  if (!target.exists && errno != ENOENT) return fail(errno_error(errno, "look at", path));
  target.mode = target.exists ? info.st_mode & 07777 : client.mode;
  if (target.exists) target.text = TRY(read_file(target.file, kLongest));
  return target;
}

bool is_about(const LedgerEntry& entry, const ClientFile& client, const Wanted& wanted,
              const std::string& file) {
  return entry.client == client.name && entry.host == wanted.host && entry.file == file;
}

void remove_made(const LedgerEntry& entry) {
  unlink(entry.file.c_str());
  remove_empty_folders(entry.made_folders);
}

// The folders that were made for this entry and are still there are made for the others from now on.
void hand_down(const LedgerEntry& from, std::vector<LedgerEntry>& others) {
  if (others.empty()) return;
  others.front().ledger_folders.insert(others.front().ledger_folders.begin(), from.ledger_folders.begin(),
                                       from.ledger_folders.end());
  for (LedgerEntry& other : others) {
    std::vector<std::string> shared;
    std::copy_if(from.made_folders.begin(), from.made_folders.end(), std::back_inserter(shared),
                 [&](const std::string& folder) { return other.file.starts_with(folder + "/"); });
    if (!other.made_file || shared.empty()) continue;
    other.made_folders.insert(other.made_folders.begin(), shared.begin(), shared.end());
    return;
  }
}

Result<> write_target(const Target& target, const std::string& text) {
  return write_file_atomically(target.file, text, target.mode);
}

std::string display(const std::string& path) { return "'" + path + "'"; }

}  // namespace

std::vector<std::string> missing_folders(const std::string& file) {
  std::vector<std::string> missing;
  for (std::string folder = folder_of(file); !file_exists(folder); folder = folder_of(folder))
    missing.insert(missing.begin(), folder);
  return missing;
}

void remove_empty_folders(const std::vector<std::string>& outermost_first) {
  for (auto folder = outermost_first.rbegin(); folder != outermost_first.rend(); ++folder)
    if (rmdir(folder->c_str()) != 0) break;  // somebody else uses it
}

Result<Edited> ClientEditor::add(const ClientFile& client, const Wanted& wanted, bool write) const {
  const std::string path = TRY(client.path({environment_, system_, wanted, &file_exists}));
  const Target target = TRY(read_target(client, path));
  const auto splice = TRY_WITH(client.add(target.text, wanted), display(path));
  Edited edited{std::string(client.name), path, splice.has_value()};
  if (!splice || !write) return edited;
  const std::string folder = undo_folder(environment_, system_);
  auto ledger = TRY(read_ledger(folder));
  std::erase_if(ledger, [&](const auto& each) { return is_about(each, client, wanted, target.file); });
  ledger.push_back({std::string(client.name), wanted.host, wanted.helper, target.file, !target.exists,
                    missing_folders(target.file), *splice, missing_folders(folder + "/ledger")});
  TRY(write_ledger(folder, ledger));
  TRY(make_folders(folder_of(target.file), system_ ? kSystemFolderMode : kFolderMode));
  TRY(write_target(target, carry_out(target.text, *splice)));
  return edited;
}

Result<Edited> ClientEditor::remove(const ClientFile& client, const Wanted& wanted) const {
  const std::string path = TRY(client.path({environment_, system_, wanted, &file_exists}));
  const Target target = TRY(read_target(client, path));
  const std::string folder = undo_folder(environment_, system_);
  auto ledger = TRY(read_ledger(folder));
  const auto entry = std::find_if(ledger.begin(), ledger.end(), [&](const auto& each) {
    return is_about(each, client, wanted, target.file);
  });
  Edited edited{std::string(client.name), path, false};
  std::optional<std::string> before;
  if (entry != ledger.end()) before = take_back(target.text, entry->splice);
  if (!before) {
    const auto splice = TRY_WITH(client.remove(target.text, wanted), display(path));
    if (splice) before = carry_out(target.text, *splice);
  }
  edited.changed = before && *before != target.text;
  if (edited.changed && entry != ledger.end() && entry->made_file && before->empty())
    remove_made(*entry);
  else if (edited.changed)
    TRY(write_target(target, *before));
  if (entry == ledger.end()) return edited;
  const LedgerEntry gone = *entry;
  ledger.erase(entry);
  hand_down(gone, ledger);
  TRY(write_ledger(folder, ledger));
  if (ledger.empty()) remove_empty_folders(gone.ledger_folders);
  return edited;
}

Result<> ClientEditor::rewrite(const ClientFile& client, const Wanted& wanted, const Rewrite& rewrite) const {
  const std::string path = TRY(client.path({environment_, system_, wanted, &file_exists}));
  Target target = TRY(read_target(client, path));
  const Secret text = Secret::take(std::move(target.text));
  const std::optional<Secret> other = TRY_WITH(rewrite(text.reveal()), display(path));
  if (!target.exists || !other || other->equals(text)) return {};
  return write_file_atomically(target.file, other->reveal(), target.mode);
}

}  // namespace scoped::ctl
