#include "agent/ctl/commands.h"

#include "common/config/nearest.h"

#include <algorithm>
#include <array>

namespace scoped::ctl {
namespace {

// clang-format off: one row a line, so that a new one is one line
constexpr std::array kCommands = {
    &rows::init,
    &rows::registry_show,
    &rows::scope_map_create,
    &rows::scope_map_update,
    &rows::scope_map_list,
    &rows::scope_map_show,
    &rows::scope_map_delete,
    &rows::token_create,
    &rows::token_update,
    &rows::token_list,
    &rows::token_show,
    &rows::token_delete,
    &rows::credential_generate,
    &rows::credential_delete,
    &rows::credential_hand_over,
    &rows::import_token,
    &rows::status,
    &rows::rotate,
    &rows::repair,
    &rows::rotator_take,
    &rows::hooks_run,
    &rows::publish,
    &rows::explain,
    &rows::apply,
    &rows::lint,
    &rows::events,
    &rows::suggest,
    &rows::configure,
    &rows::unconfigure,
    &rows::setup,
    &rows::doctor,
    &rows::help,
    &rows::completion,
};
// clang-format on

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

bool begins_with(const std::vector<std::string_view>& words, std::span<const std::string> wanted) {
  return wanted.size() <= words.size() && std::equal(wanted.begin(), wanted.end(), words.begin());
}

// The words before the first option; more than two never name a command.
std::vector<std::string> leading_words(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument.starts_with('-') || words.size() == 2) break;
    words.push_back(argument);
  }
  return words;
}

tl::unexpected<Error> unknown(const std::vector<std::string>& words) {
  const std::string& first = words.front();
  const auto group = commands_under({first});
  config::Names known;
  if (!group.empty()) {  // 'token' alone, or with an unknown second word
    for (const Command* command : group) known.push_back(words_of(command->words)[1]);
    const std::string second = words.size() > 1 ? words[1] : "";
    const std::string what = second.empty() ? "'" + first + "' needs a second word"
                                            : "unknown command '" + first + " " + second + "'";
    return fail(ErrorCode::invalid_input, what + config::suggestion(second, known));
  }
  for (const Command* command : kCommands) {
    const std::string_view word = words_of(command->words)[0];
    if (std::find(known.begin(), known.end(), word) == known.end()) known.push_back(word);
  }
  return fail(ErrorCode::invalid_input, "unknown command '" + first + "'" + config::suggestion(first, known));
}

}  // namespace

std::span<const Command* const> commands() { return kCommands; }

std::vector<const Command*> commands_under(const std::vector<std::string>& words) {
  std::vector<const Command*> found;
  for (const Command* command : kCommands)
    if (begins_with(words_of(command->words), words)) found.push_back(command);
  return found;
}

Result<Chosen> choose_command(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = leading_words(arguments);
  if (words.empty())
    return fail(ErrorCode::invalid_input, "say what to do: 'scopedctl --help' lists the commands");
  for (size_t count = words.size(); count > 0; --count) {
    const auto first = words.begin();
    const std::vector<std::string> tried(first, first + static_cast<std::ptrdiff_t>(count));
    for (const Command* command : commands_under(tried)) {
      if (words_of(command->words).size() != count) continue;
      const auto rest = arguments.begin() + static_cast<std::ptrdiff_t>(count);
      return Chosen{command, {rest, arguments.end()}};
    }
  }
  return unknown(words);
}

}  // namespace scoped::ctl
