#include "agent/loop/server_offset.h"

#include "common/base/file.h"

#include <charconv>

namespace scoped::loop {
namespace {

constexpr std::string_view kVersion = "1 ";
constexpr size_t kLongest = 256;
constexpr int64_t kFarthest = int64_t{1} << 61;  // so that adding a boot time fits

std::string path_in(const std::string& folder) { return folder + "/server-time"; }

}  // namespace

std::string encode(const ServerOffset& offset) {
  return std::string(kVersion) + offset.boot_id + " " + std::to_string(offset.ahead.count()) + "\n";
}

Result<ServerOffset> parse_server_offset(std::string_view text) {
  const std::string_view whole = text;
  ServerOffset offset;
  int64_t ticks = 0;
  if (text.starts_with(kVersion)) {
    text.remove_prefix(kVersion.size());
    offset.boot_id = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), offset.boot_id.size() + 1));
    std::from_chars(text.data(), text.data() + text.size(), ticks);
    offset.ahead = Ticks(ticks);
  }
  const bool in_range = ticks > -kFarthest && ticks < kFarthest;
  if (offset.boot_id.empty() || !in_range || encode(offset) != whole)
    return fail(ErrorCode::corrupt, "the kept server time is damaged");
  return offset;
}

std::optional<ServerOffset> read_server_offset(const std::string& folder, const std::string& boot_id) {
  const auto text = read_file(path_in(folder), kLongest);
  if (!text) return std::nullopt;
  auto offset = parse_server_offset(*text);
  if (!offset || offset->boot_id != boot_id) return std::nullopt;
  return std::move(*offset);
}

Result<> write_server_offset(const std::string& folder, const ServerOffset& offset) {
  TRY(make_folders(folder, 0700));
  return write_file_atomically(path_in(folder), encode(offset), 0600);
}

bool has_moved(const std::optional<ServerOffset>& written, const ServerOffset& now) {
  return !written || written->boot_id != now.boot_id ||
         std::chrono::abs(written->ahead - now.ahead) >= std::chrono::seconds(1);
}

}  // namespace scoped::loop
