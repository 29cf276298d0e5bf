// One value by its row: type, grammar and range. Pure; problems go to the report with the value's own line.
#pragma once

#include "common/config/config.h"
#include "common/config/report.h"
#include "common/config/setting.h"
#include "common/json/value.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::config {

// Nothing when it was wrong, which has been reported then. REQUIRES: row.kind is not object.
std::optional<SettingValue> read_value(const Setting& row, const json::Value& value, const Catalog& catalog,
                                       Report& report);
// REQUIRES: the row has a default.
SettingValue default_value(const Setting& row);

// The parts that have a grammar of their own. invalid_input says what was expected.
Result<std::string> parse_path(std::string_view text);  // absolute, without "." and "..", slashes made single
Result<std::string> parse_url(std::string_view text);  // https, or http on loopback; no user, query, fragment
Result<std::string> parse_server(std::string_view text);  // the same, or unix:// before an absolute path
Result<SecretSource> parse_secret_source(std::string_view text);
Result<int64_t> parse_percent(std::string_view text);
// Canonical, by the catalog's knowledge.
Result<std::string> parse_host(std::string_view text, const Catalog& catalog);

// "a number" -> "'hold' is a number, expected a duration such as \"8h\"".
std::string wrong_type(const Setting& row, json::Type found);
// The values of Setting::choices.
std::vector<std::string_view> split_choices(std::string_view choices);

}  // namespace scoped::config
