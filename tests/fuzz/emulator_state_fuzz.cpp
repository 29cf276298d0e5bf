// links: emulator
// The emulator's state file: what is read is written to a document that gives the same again; everything else
// is corrupt.
#include "tests/emulator/state_json.h"

#include <stdint.h>

using namespace scoped;
using namespace scoped::emulator;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto contents = read_state({reinterpret_cast<const char*>(data), size});
  if (!contents) {
    CHECK_INVARIANT(contents.error().code() == ErrorCode::corrupt);
    return 0;
  }
  const std::string text = write_state(*contents);
  const auto again = read_state(text);
  CHECK_INVARIANT(again && write_state(*again) == text);
  return 0;
}
