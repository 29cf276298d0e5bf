// Files: bounded reads and writes that are whole or not there. No thread rule; no ownership kept.
#pragma once

#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped {

// The whole file; longer than `limit` bytes is corrupt. Not a regular file is invalid_input.
Result<std::string> read_file(const std::string& path, size_t limit);
// The same for secrets: the intermediate buffer is wiped. With `private_only`, refuses a file that its group
// or others may read (denied) and one that neither root nor we own.
// `also`: another uid whose file it may be.
Result<Secret> read_secret_file(const std::string& path, size_t limit, bool private_only = true,
                                std::optional<uid_t> also = {});

// Temporary file beside it (O_EXCL), write loop, fsync, rename, fsync of the folder. After an error or a
// power cut the old content is intact, except after `ambiguous`: then the new one is in place and only a
// power cut may bring the old one back. `mode` is exact, whatever the umask. Written by root, a file belongs
// to whoever the old one, or else the folder, belongs to.
Result<> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode);
// As above but fails with conflict if the file exists (link instead of rename).
Result<> create_file_atomically(const std::string& path, std::string_view bytes, mode_t mode);
// Removes what interrupted writers left in the folder: names made by the two functions above that no living
// process is writing.
void sweep_temporary_files(const std::string& folder);

// Makes the folder and its parents (mode of the last one exactly as given, 0755 & ~umask above it), and syncs
// the parents where it can. An existing folder is success and keeps its mode. Made by root, a folder belongs
// to whoever its parent belongs to.
Result<> make_folders(const std::string& path, mode_t mode);
// Names in the folder without "." and "..", sorted.
Result<std::vector<std::string>> list_folder(const std::string& path);
bool file_exists(const std::string& path);
// fsync of a folder, so that a rename or an unlink in it survives a power cut.
Result<> sync_folder(const std::string& path);

// Writes all bytes to a descriptor, however short each write is.
Result<> write_all(int fd, std::string_view bytes, std::string_view name_for_errors);
// Reads to the end, at most `limit` bytes.
Result<std::string> read_all(int fd, size_t limit, std::string_view name_for_errors);

// The folder part and the last part of a path; "a" has folder ".".
std::string folder_of(const std::string& path);
std::string base_name_of(const std::string& path);

}  // namespace scoped
