#include "agent/ctl/options.h"

#include "common/config/nearest.h"

#include <boost/program_options.hpp>

#include <algorithm>

namespace scoped::ctl {
namespace {

namespace po = boost::program_options;

constexpr int kStyle = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                       po::command_line_style::long_allow_next | po::command_line_style::allow_short |
                       po::command_line_style::allow_dash_for_short |
                       po::command_line_style::short_allow_adjacent |
                       po::command_line_style::short_allow_next;

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorCode::invalid_input, std::move(what)); }

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

bool is_spelling_of(std::string_view text, const Flag& flag) {
  return text == "--" + std::string(flag.name) ||
         (flag.letter != 0 && text == std::string("-") + flag.letter);
}

po::options_description describe(const std::vector<Flag>& flags) {
  po::options_description description;
  for (const Flag& flag : flags) {
    std::string name(flag.name);
    if (flag.letter != 0) name += std::string(",") + flag.letter;
    if (flag.value.empty())
      description.add_options()(name.c_str(), "");
    else if (flag.repeated)
      description.add_options()(name.c_str(), po::value<std::vector<std::string>>()->multitoken(), "");
    else
      description.add_options()(name.c_str(), po::value<std::string>(), "");
  }
  return description;
}

// '--expiry' for '--expiration', '--repo' for '--repository': too far apart to be a slip of the finger.
std::optional<std::string_view> with_same_start(std::string_view name, const config::Names& known) {
  constexpr size_t kLeast = 4;
  std::optional<std::string_view> best;
  size_t longest = kLeast - 1;
  for (std::string_view candidate : known) {
    const auto differs = std::mismatch(name.begin(), name.end(), candidate.begin(), candidate.end());
    const auto same = static_cast<size_t>(differs.first - name.begin());
    if (same <= longest) continue;
    longest = same;
    best = candidate;
  }
  return best;
}

Error unknown_option(const Command& command, const std::vector<Flag>& flags, std::string_view name) {
  const std::string_view bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  config::Names known;
  for (const Flag& flag : flags) known.push_back(flag.name);
  auto near = config::nearest(bare, known);
  if (!near) near = with_same_start(bare, known);
  const std::string hint = near ? ": did you mean '--" + std::string(*near) + "'?"
                                : ": see 'scopedctl " + std::string(command.words) + " --help'";
  return {ErrorCode::invalid_input, "unknown option " + in_quotes(name) + hint};
}

// The one place where the parser's exceptions end.
Result<std::vector<po::option>> split(const Command& command, const std::vector<Flag>& flags,
                                      const std::vector<std::string>& arguments) {
  const po::options_description description = describe(flags);
  try {
    return po::command_line_parser(arguments).options(description).style(kStyle).run().options;
  } catch (const po::unknown_option& unknown) {
    return fail(unknown_option(command, flags, unknown.get_option_name()));
  } catch (const po::error_with_option_name& error) {
    // The library's other complaints are of the form: a value is missing, or there is one too many.
    const std::string name = error.get_option_name();
    const auto flag = std::find_if(flags.begin(), flags.end(),
                                   [&name](const Flag& each) { return is_spelling_of(name, each); });
    if (flag == flags.end()) return wrong(error.what());
    if (flag->value.empty()) return wrong(in_quotes(name) + " takes no value");
    return wrong(in_quotes(name) + " needs a value, " + std::string(flag->value));
  } catch (const po::error& error) {
    return wrong(error.what());
  }
}

bool is_choice(std::string_view text, std::string_view choices) {
  for (size_t at = 0; at <= choices.size();) {
    const size_t end = std::min(choices.find('|', at), choices.size());
    if (choices.substr(at, end - at) == text) return true;
    at = end + 1;
  }
  return false;
}

// The library takes what follows an option for its value, also where it is the next option.
bool is_an_option(const std::vector<Flag>& flags, std::string_view text) {
  return std::any_of(flags.begin(), flags.end(),
                     [text](const Flag& flag) { return is_spelling_of(text, flag); });
}

Result<> check_values(const Flag& flag, const std::vector<Flag>& flags,
                      const std::vector<std::vector<std::string>>& groups) {
  const std::string name = "'--" + std::string(flag.name) + "'";
  for (const auto& group : groups)
    for (const std::string& value : group) {
      if (is_an_option(flags, value)) return wrong(name + " needs a value, " + std::string(flag.value));
      if (value.empty()) return wrong(name + " is empty");
      if (!flag.choices.empty() && !is_choice(value, flag.choices))
        return wrong(name + " is '" + value + "', expected one of " + std::string(flag.choices));
    }
  if (groups.size() > 1 && !flag.repeated) return wrong(name + " is given twice");
  return {};
}

std::string usage_hint(const Command& command) {
  return " (see 'scopedctl " + std::string(command.words) + " --help')";
}

Result<> check_complete(const Command& command, const std::vector<Flag>& flags, const Options& options) {
  const std::string words(command.words);
  for (const Flag& flag : flags)
    if (flag.required && !options.has(flag.name))
      return wrong(in_quotes(words) + " needs '--" + std::string(flag.name) + "'" + usage_hint(command));
  const auto& positionals = options.positionals();
  for (size_t i = positionals.size(); i < command.positionals.size(); ++i)
    if (command.positionals[i].required)
      return wrong(in_quotes(words) + " needs " + std::string(command.positionals[i].name) +
                   usage_hint(command));
  if (positionals.size() > command.positionals.size())
    return wrong("unexpected " + in_quotes(positionals[command.positionals.size()]) + usage_hint(command));
  return {};
}

}  // namespace

const std::string& Options::text(std::string_view flag) const {
  return given_.find(flag)->second.front().front();
}

std::optional<std::string> Options::optional(std::string_view flag) const {
  return has(flag) ? std::optional(text(flag)) : std::nullopt;
}

const std::vector<std::vector<std::string>>& Options::groups(std::string_view flag) const {
  static const std::vector<std::vector<std::string>> kNone;
  const auto found = given_.find(flag);
  return found == given_.end() ? kNone : found->second;
}

std::optional<std::string> Options::positional(size_t index) const {
  return index < positionals_.size() ? std::optional(positionals_[index]) : std::nullopt;
}

std::vector<Flag> flags_of(const Command& command) {
  std::vector<Flag> flags(command.flags.begin(), command.flags.end());
  flags.insert(flags.end(), std::begin(kEverywhere), std::end(kEverywhere));
  return flags;
}

Result<Options> parse_options(const Command& command, const std::vector<std::string>& arguments) {
  const std::vector<Flag> flags = flags_of(command);
  const auto asks_help = [](const std::string& word) { return word == "--help" || word == "-h"; };
  Options options;
  if (std::any_of(arguments.begin(), arguments.end(), asks_help)) {
    options.given_["help"] = {};
    return options;
  }
  for (po::option& option : TRY(split(command, flags, arguments))) {
    if (option.string_key.empty())
      options.positionals_.insert(options.positionals_.end(), option.value.begin(), option.value.end());
    else
      options.given_[option.string_key].push_back(std::move(option.value));
  }
  for (const Flag& flag : flags) TRY(check_values(flag, flags, options.groups(flag.name)));
  TRY(check_complete(command, flags, options));
  if (command.check != nullptr) TRY(command.check(options));
  return options;
}

}  // namespace scoped::ctl
