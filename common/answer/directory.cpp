#include "common/answer/directory.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace scoped::answer {
namespace {

constexpr size_t kFirstBuffer = 1024;
constexpr size_t kLargestBuffer = 4 << 20;  // a group may have very many members

// Calls `ask(entry, buffer, size, result)`, one of the ..._r functions, with a buffer that is large enough.
// `use` sees the entry, whose texts live in the buffer.
template <typename Entry, typename Ask, typename Use>
auto look_up(Ask ask, Use use) -> decltype(use(Entry{})) {
  std::vector<char> buffer(kFirstBuffer);
  while (true) {
    Entry entry{};
    Entry* found = nullptr;
    const int error = ask(&entry, buffer.data(), buffer.size(), &found);
    if (error == 0 && found != nullptr) return use(entry);
    if (error != ERANGE || buffer.size() >= kLargestBuffer) return std::nullopt;
    buffer.resize(buffer.size() * 4);
  }
}

std::optional<uid_t> uid_of(const std::string& name) {
  return look_up<passwd>([&](passwd* entry, char* buffer, size_t size,
                             passwd** found) { return getpwnam_r(name.c_str(), entry, buffer, size, found); },
                         [](const passwd& entry) { return std::optional<uid_t>(entry.pw_uid); });
}

std::optional<gid_t> gid_of(const std::string& name) {
  return look_up<group>([&](group* entry, char* buffer, size_t size,
                            group** found) { return getgrnam_r(name.c_str(), entry, buffer, size, found); },
                        [](const group& entry) { return std::optional<gid_t>(entry.gr_gid); });
}

}  // namespace

Directory system_directory() { return {&uid_of, &gid_of}; }

Caller read_caller(const Environment& environment) {
  Caller caller{environment.uid(), {environment.gid()}, environment.uid() == 0};
  const int count = getgroups(0, nullptr);
  std::vector<gid_t> groups(count > 0 ? static_cast<size_t>(count) : 0);
  const int got = getgroups(static_cast<int>(groups.size()), groups.data());
  if (got > 0) caller.gids.insert(caller.gids.end(), groups.begin(), groups.begin() + got);
  return caller;
}

std::optional<Caller> find_caller(const std::string& user) {
  return look_up<passwd>([&](passwd* entry, char* buffer, size_t size,
                             passwd** found) { return getpwnam_r(user.c_str(), entry, buffer, size, found); },
                         [&](const passwd& entry) {
                           int count = 64;
                           std::vector<gid_t> gids(static_cast<size_t>(count));
                           while (getgrouplist(user.c_str(), entry.pw_gid, gids.data(), &count) < 0)
                             gids.resize(std::max(static_cast<size_t>(count), 2 * gids.size()));
                           gids.resize(static_cast<size_t>(count));
                           return std::optional<Caller>({entry.pw_uid, std::move(gids), entry.pw_uid == 0});
                         });
}

std::optional<std::string> name_of_user(uid_t uid) {
  return look_up<passwd>([uid](passwd* entry, char* buffer, size_t size,
                               passwd** found) { return getpwuid_r(uid, entry, buffer, size, found); },
                         [](const passwd& entry) { return std::optional<std::string>(entry.pw_name); });
}

std::optional<std::string> name_of_group(gid_t gid) {
  return look_up<group>([gid](group* entry, char* buffer, size_t size,
                              group** found) { return getgrgid_r(gid, entry, buffer, size, found); },
                        [](const group& entry) { return std::optional<std::string>(entry.gr_name); });
}

}  // namespace scoped::answer
