// An object of the document read by its rows: unknown keys, values of wrong types and missing keys are
// reported, what is right is kept with its line. Pure.
#pragma once

#include "common/config/nearest.h"
#include "common/config/read_value.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::config {

class Section {
 public:
  struct Entry {
    const Setting* row;
    SettingValue value;
    int line = 0;                // of the key
    const json::Value* written;  // for the lines of a list's elements
  };
  struct Part {
    std::string_view name;
    const json::Object* object;
    int line = 0;
  };

  // Null when the key is absent or was wrong.
  const Entry* find(std::string_view name) const;
  const std::string* text(std::string_view name) const;
  const std::vector<std::string>* list(std::string_view name) const;
  // Of a key whose row is of kind object.
  const Part* part(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }
  int line() const { return line_; }  // of the object itself

 private:
  friend Section read_section(const json::Object&, int, std::span<const Setting>, const Catalog&, Report&,
                              std::string_view);
  int line_ = 0;
  std::vector<Entry> entries_;
  std::vector<Part> parts_;
};

// `line`: where the object stands. `taken`: a key that the caller has read already.
Section read_section(const json::Object& object, int line, std::span<const Setting> rows,
                     const Catalog& catalog, Report& report, std::string_view taken = {});

Names names_of(std::span<const Setting> rows);

// An object with names of its own ("tokens", "stores") whose values are objects. Calls `each` for those that
// are; reports the others.
template <typename Each>
void for_each_object(const json::Object& object, Report& report, Each each) {
  for (const json::Member& member : object.members()) {
    if (const json::Object* inner = member.value.object())
      each(member.key, *inner, member.line);
    else
      report.add(member.line, wrong_type({.name = member.key, .kind = Kind::object}, member.value.type()));
  }
}

}  // namespace scoped::config
