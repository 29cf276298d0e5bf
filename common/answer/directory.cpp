#include "common/answer/directory.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

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

std::optional<std::string> name_of_group(gid_t gid) {
  return look_up<group>([gid](group* entry, char* buffer, size_t size,
                              group** found) { return getgrgid_r(gid, entry, buffer, size, found); },
                        [](const group& entry) { return std::optional<std::string>(entry.gr_name); });
}

}  // namespace scoped::answer
