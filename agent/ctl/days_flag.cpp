#include "agent/ctl/days_flag.h"

#include <charconv>

namespace scoped::ctl {

Result<int> days_asked(const Options& options, int otherwise) {
  const auto text = options.optional("days");
  if (!text) return otherwise;
  int days = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), days);
  if (problem == std::errc() && end == text->data() + text->size() && days >= 1 && days <= 730) return days;
  return fail(ErrorCode::invalid_input, "'--days' is '" + *text + "', expected a number from 1 to 730");
}

}  // namespace scoped::ctl
