#include "common/config/read_value.h"

#include "common/base/time.h"
#include "common/config/names.h"
#include "common/config/nearest.h"

#include <algorithm>
#include <charconv>

namespace scoped::config {
namespace {

using Read = std::optional<SettingValue>;

std::string list_of(const std::vector<std::string_view>& names) {
  std::string list;
  for (std::string_view name : names) list.append(list.empty() ? "" : ", ").append(in_quotes(name));
  return list;
}

std::string expected(const Setting& row) {
  switch (row.kind) {
    case Kind::text:
      return "a text";
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "a whole number";
    case Kind::percent:
      return "a percentage such as \"66%\"";
    case Kind::duration:
      return "a duration such as \"8h\"";
    case Kind::secret:
      return "where the secret is: \"file:/PATH\", \"credential:NAME\" or \"env:NAME\"";
    case Kind::path:
      return "an absolute path";
    case Kind::url:
      return "a URL such as \"https://HOST\"";
    case Kind::server:
      return "a URL such as \"https://HOST\" or \"unix:///PATH\"";
    case Kind::text_list:
      return "a list of texts";
    case Kind::choice:
      return "one of " + list_of(split_choices(row.choices));
    case Kind::identity:
      return "the name of an identity";
    case Kind::token:
      return "a token such as \"HOST/TOKEN\"";
    case Kind::object:
      return "an object";
  }
  return "something else";
}

// One value on its way: its row, what was written, and where problems go.
struct Use {
  const Setting& row;
  const json::Value& value;
  const Catalog& catalog;
  Report& report;

  Read problem(std::string text) const {
    report.add(value.line(), in_quotes(row.name) + " " + std::move(text));
    return std::nullopt;
  }
  Read wrong_type() const {
    report.add(value.line(), config::wrong_type(row, value.type()));
    return std::nullopt;
  }
  Read wrong_text(const std::string& text) const {
    return problem("is " + in_quotes(text) + ", expected " + expected(row));
  }
};

// A number as it would be written in the file.
std::string written(Kind kind, int64_t number) {
  if (kind == Kind::duration) return format_duration(Milliseconds(number));
  return std::to_string(number) + (kind == Kind::percent ? "%" : "");
}

// Milliseconds, a percentage or a number.
Result<int64_t> parse_number(Kind kind, std::string_view text) {
  if (kind == Kind::percent) return parse_percent(text);
  if (kind == Kind::duration) return TRY(parse_duration(text)).count();
  int64_t number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || stop != text.data() + text.size())
    return fail(ErrorCode::invalid_input, "not a number");
  return number;
}

SettingValue number_value(Kind kind, int64_t number) {
  return kind == Kind::duration ? SettingValue(Milliseconds(number)) : SettingValue(number);
}

Read check_range(const Use& use, int64_t number) {
  const Setting& row = use.row;
  for (const bool lower : {true, false}) {
    const std::string_view text = lower ? row.least : row.most;
    if (text.empty()) continue;
    const auto bound = parse_number(row.kind, text);
    CHECK_INVARIANT(bound.has_value());
    if (lower ? number < *bound : number > *bound)
      return use.problem("is " + written(row.kind, number) +
                         (lower ? ", expected at least " : ", expected at most ") + std::string(text));
  }
  return number_value(row.kind, number);
}

Read read_number(const Use& use) {
  if (const int64_t* number = use.value.integer(); number != nullptr && use.row.kind == Kind::integer)
    return check_range(use, *number);
  const std::string* text = use.value.text();
  if (text == nullptr || use.row.kind == Kind::integer) return use.wrong_type();
  const auto number = parse_number(use.row.kind, *text);
  if (!number) return use.wrong_text(*text);
  return check_range(use, *number);
}

Read read_boolean(const Use& use) {
  if (const bool* boolean = use.value.boolean()) return SettingValue(*boolean);
  return use.wrong_type();
}

// What was written may be the secret itself, so it is never shown.
Read read_secret_value(const Use& use, const std::string& text) {
  auto source = parse_secret_source(text);
  if (!source)
    return use.problem(
        "is a bare value: put it into a private file and write \"file:/PATH\", or \"credential:NAME\" or "
        "\"env:NAME\"");
  const std::string_view kind = std::string_view(text).substr(0, text.find(':'));
  const auto allowed = split_choices(use.row.choices);
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), kind) == allowed.end())
    return use.problem("is read from " + in_quotes(kind) + ", expected " + list_of(allowed));
  return SettingValue(std::move(*source));
}

Read read_choice(const Use& use, const std::string& text) {
  const auto choices = split_choices(use.row.choices);
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return SettingValue(text);
  return use.wrong_text(text);
}

Read read_grammar(const Use& use, const std::string& text, Result<std::string> (*parse)(std::string_view)) {
  auto parsed = parse(text);
  if (!parsed) return use.problem("is " + in_quotes(text) + ", expected " + parsed.error().line());
  return SettingValue(std::move(*parsed));
}

Read read_plain(const Use& use, const std::string& text) {
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (text.empty()) return use.problem("is empty");
  if (control) return use.problem("has a control character in it");
  return SettingValue(text);
}

Read read_token_reference(const Use& use, const std::string& text) {
  const size_t slash = text.rfind('/');
  if (slash == std::string::npos) return use.wrong_text(text);
  const std::string token = text.substr(slash + 1);
  const auto host = parse_host(std::string_view(text).substr(0, slash), use.catalog);
  if (!host) return use.problem("names a registry: " + host.error().line());
  if (auto wrong = problem_of_token_name(token)) return use.problem("names a token: " + *wrong);
  return SettingValue(*host + "/" + token);
}

Read read_text(const Use& use) {
  const std::string* text = use.value.text();
  if (text == nullptr) return use.wrong_type();
  switch (use.row.kind) {
    case Kind::secret:
      return read_secret_value(use, *text);
    case Kind::choice:
      return read_choice(use, *text);
    case Kind::path:
      return read_grammar(use, *text, &parse_path);
    case Kind::url:
      return read_grammar(use, *text, &parse_url);
    case Kind::server:
      return read_grammar(use, *text, &parse_server);
    case Kind::token:
      return read_token_reference(use, *text);
    default:
      return read_plain(use, *text);
  }
}

Read read_element(const Use& use) {
  const std::string* text = use.value.text();
  if (text == nullptr)
    return use.problem("has " + std::string(name_of(use.value.type())) + " in its list, expected a text");
  const auto choices = split_choices(use.row.choices);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), *text) == choices.end())
    return use.problem("has " + in_quotes(*text) + " in its list" + suggestion(*text, choices));
  return read_plain(use, *text);
}

Read read_list(const Use& use) {
  const json::Array* array = use.value.array();
  if (array == nullptr) return use.wrong_type();
  std::vector<std::string> list;
  for (const json::Value& element : *array)
    if (auto text = read_element({use.row, element, use.catalog, use.report}))
      list.push_back(std::get<std::string>(std::move(*text)));
  if (list.size() != array->size()) return std::nullopt;
  return SettingValue(std::move(list));
}

}  // namespace

Read read_value(const Setting& row, const json::Value& value, const Catalog& catalog, Report& report) {
  const Use use{row, value, catalog, report};
  switch (row.kind) {
    case Kind::boolean:
      return read_boolean(use);
    case Kind::integer:
    case Kind::percent:
    case Kind::duration:
      return read_number(use);
    case Kind::text_list:
      return read_list(use);
    default:
      return read_text(use);
  }
}

SettingValue default_value(const Setting& row) {
  const std::string_view text = row.default_text;
  if (row.kind == Kind::boolean) return text == "true";
  if (row.kind == Kind::secret) return parse_secret_source(text).value_or(SecretSource());
  if (row.kind == Kind::text_list) {
    std::vector<std::string> list;
    for (std::string_view element : split_choices(text)) list.emplace_back(element);
    return list;
  }
  const bool number = row.kind == Kind::integer || row.kind == Kind::percent || row.kind == Kind::duration;
  if (!number) return std::string(text);
  const auto parsed = parse_number(row.kind, text);
  CHECK_INVARIANT(parsed.has_value());
  return number_value(row.kind, *parsed);
}

std::string wrong_type(const Setting& row, json::Type found) {
  return in_quotes(row.name) + " is " + std::string(name_of(found)) + ", expected " + expected(row);
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> names;
  while (!choices.empty()) {
    const std::string_view name = choices.substr(0, choices.find('|'));
    names.push_back(name);
    choices.remove_prefix(std::min(name.size() + 1, choices.size()));
  }
  return names;
}

}  // namespace scoped::config
