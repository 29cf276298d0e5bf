// links: emulator
// Whatever is asked of the logs: the answer ends, each of its rows fits its columns, and who is refused is
// told why.
#include "tests/emulator/kql.h"

using namespace scoped;
using namespace scoped::emulator;

namespace {

Relation visits() {
  Relation relation{{{"At", Kind::datetime}, {"Who", Kind::text}, {"Ms", Kind::real}, {"Size", Kind::whole}},
                    {}};
  for (int i = 0; i < 3; ++i)
    relation.rows.push_back(
        std::make_shared<const Row>(Row{from_unix_seconds(i), std::string(1, 'a'), 1.5 * i, Cell()}));
  return relation;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(data), size);
  const NamedTable tables[] = {{"Visits", visits}};
  const auto answer = run_query(query, tables, from_unix_seconds(100));
  if (!answer) {
    CHECK_INVARIANT(!answer.error().line().empty());
    return 0;
  }
  for (const auto& row : answer->rows) CHECK_INVARIANT(row->size() == answer->columns.size());
  return 0;
}
