// Objects whose "type" chooses their rows: stores, identities, control planes, listeners, publishers. Pure.
#pragma once

#include "common/config/report.h"
#include "common/config/setting.h"
#include "common/json/value.h"

#include <string>
#include <vector>

namespace scoped::config {

// A value of a Typed that names an object of the document; checked when all files have been read.
struct NamedBy {
  const Setting* row;
  std::string name;
  int line = 0;
};

struct TypedReading {
  Typed typed;
  std::vector<NamedBy> names;  // those of kind identity and token
};

// `what`: "store". With an empty table the object is taken unread (see Catalog).
TypedReading read_typed(const std::string& what, const std::string& name, const json::Object& object,
                        int line, const std::vector<TypeRow>& table, const Catalog& catalog, Report& report);

// Null when the table has no such type.
const TypeRow* find_type(const std::vector<TypeRow>& table, const std::string& type);

}  // namespace scoped::config
