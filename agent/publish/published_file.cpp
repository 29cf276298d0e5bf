// A settings file of Docker (config.json) or of podman and its kin (auth.json) that holds the login of one
// registry. It belongs to this machine, so each agent that has it in its configuration keeps it.
#include "agent/publish/login_document.h"
#include "agent/publish/publisher.h"
#include "common/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <thread>

namespace scoped::publish {
namespace {

using std::chrono::milliseconds;

constexpr size_t kLargest = 1 << 20;
constexpr milliseconds kLockWait{2'000};
constexpr milliseconds kLockBeat{10};
constexpr mode_t kOwner = 0600;
constexpr mode_t kGroup = 0640;

constexpr std::array kSettings = {
    config::Setting{.name = "token",
                    .kind = config::Kind::token,
                    .required = true,
                    .doc = "The token whose current password stands there."},
    config::Setting{.name = "path",
                    .kind = config::Kind::path,
                    .required = true,
                    .doc = "The file. Its folder must be there, and belong to the agent's user or to root."},
    config::Setting{.name = "format",
                    .kind = config::Kind::choice,
                    .default_text = "docker",
                    .choices = "docker|containers",
                    .doc = "docker: config.json, which all clients read; containers: auth.json of podman, "
                           "skopeo and buildah."},
    config::Setting{.name = "group_may_read",
                    .kind = config::Kind::boolean,
                    .default_text = "false",
                    .doc = "Its group, which is that of a set-group-ID folder, may read it (0640 for 0600)."},
};

class PublishedFile final : public Publisher {
 public:
  PublishedFile(const config::Typed& settings, uid_t self)
      : path_(settings.text("path")),
        is_docker_(settings.text("format") == "docker"),
        mode_(std::get<bool>(settings.values.at("group_may_read")) ? kGroup : kOwner),
        self_(self) {}

  Result<std::vector<Consumer>> publish(const Login& login) override {
    Consumer consumer{path_, false, std::nullopt};
    if (auto written = bring(login); written)
      consumer.changed = *written;
    else
      consumer.problem = std::move(written).error();
    std::vector<Consumer> consumers;
    consumers.push_back(std::move(consumer));
    return consumers;
  }

 private:
  Result<bool> bring(const Login& login) const;
  Result<Fd> lock_folder() const;
  Result<Secret> read() const;

  const std::string path_;
  const bool is_docker_;
  const mode_t mode_;
  const uid_t self_;
};

// Two publishers may keep one file. The lock is the folder's own, so that nothing is left in it.
Result<Fd> PublishedFile::lock_folder() const {
  const std::string folder = folder_of(path_);
  Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return fail(errno_error(errno, "open the folder", folder));
  struct stat seen {};
  if (fstat(fd.get(), &seen) != 0) return fail(errno_error(errno, "look at the folder", folder));
  const bool others_write = (seen.st_mode & S_IWOTH) != 0 || ((seen.st_mode & S_IWGRP) != 0);
  if ((seen.st_uid != self_ && seen.st_uid != 0) || (others_write && (seen.st_mode & S_ISVTX) == 0))
    return fail(ErrorCode::denied, "the folder '" + folder +
                                       "' may be changed by others, who could put another file there: give "
                                       "it to uid " +
                                       std::to_string(self_) + " with mode 2750 or 0700");
  for (milliseconds left = kLockWait; flock(fd.get(), LOCK_EX | LOCK_NB) != 0; left -= kLockBeat) {
    if (errno != EWOULDBLOCK || left <= kLockBeat) return fail(errno_error(errno, "lock the folder", folder));
    std::this_thread::sleep_for(kLockBeat);
  }
  return fd;
}

// What is there, if it is a file that we may replace; empty where none is.
Result<Secret> PublishedFile::read() const {
  const Fd fd(open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ENOENT) return Secret();
  if (!fd && errno == ELOOP)
    return fail(ErrorCode::invalid_input,
                "'" + path_ + "' is a symbolic link: set 'path' to the file that it names");
  if (!fd) return fail(errno_error(errno, "open", path_));
  struct stat seen {};
  if (fstat(fd.get(), &seen) != 0) return fail(errno_error(errno, "look at", path_));
  if (!S_ISREG(seen.st_mode)) return fail(ErrorCode::invalid_input, "'" + path_ + "' is not a regular file");
  if (seen.st_uid != self_)
    return fail(ErrorCode::denied, "'" + path_ + "' belongs to uid " + std::to_string(seen.st_uid) +
                                       " and this is uid " + std::to_string(self_) +
                                       ": let that user's agent publish it, or name another file");
  if ((seen.st_mode & ~mode_ & 0077) != 0)
    return fail(ErrorCode::denied, "'" + path_ + "' may be read or changed by others: run 'chmod " +
                                       (mode_ == kGroup ? std::string("0640 ") : std::string("0600 ")) +
                                       path_ + "'");
  std::string text = TRY(read_all(fd.get(), kLargest, path_));
  return Secret::take(std::move(text));
}

// True: it was written. What was written is read again before it counts.
Result<bool> PublishedFile::bring(const Login& login) const {
  const Fd lock = TRY(lock_folder());
  const Secret before = TRY(read());
  const auto after = TRY_WITH(put_login(before.reveal(), login), "'" + path_ + "' is not what clients read");
  const auto document = after ? after->reveal() : before.reveal();
  if (const auto helper = helper_before_login(document, login.token.registry, is_docker_))
    return fail(ErrorCode::conflict, "'" + path_ + "' names the helper '" + *helper + "' for '" +
                                         login.token.registry +
                                         "', so that no login in it is read: take the helper out of it");
  if (!after) return false;
  TRY(write_file_atomically(path_, document, mode_));
  const Secret written = TRY(read());
  if (TRY(put_login(written.reveal(), login)))
    return fail(ErrorCode::conflict, "somebody else writes '" + path_ + "' at the same time");
  return true;
}

bool meet(const config::Typed& one, const config::Typed& other) {
  return one.text("path") == other.text("path");
}

Result<std::unique_ptr<Publisher>> make(const config::Typed& settings, const Context& context) {
  return std::make_unique<PublishedFile>(settings, context.environment.uid());
}

}  // namespace

const Type rows::file = {
    .name = "file",
    .doc =
        "A login in a settings file of Docker or podman on this machine. All else in the file stays as it "
        "is, to the byte.",
    .settings = kSettings,
    .shared = false,
    .meet = &meet,
    .make = &make,
};

}  // namespace scoped::publish
