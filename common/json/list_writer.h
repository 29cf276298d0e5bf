// An object with one long list in it, `{"key": [...]}`, as dump_pretty() writes it, an element at a time:
// neither all elements nor the whole text are ever in memory. One thread.
#pragma once

#include "common/json/value.h"

#include <functional>
#include <string>
#include <string_view>

namespace scoped::json {

// As it stands in the list. Worth making where the elements come out of order.
std::string element_text(const Value& element);

class ListWriter {
 public:
  // Gets the text in pieces of some 64 KiB, in order. What it refers to outlives the writer.
  using Sink = std::function<void(std::string_view)>;

  ListWriter(std::string_view key, Sink sink);
  void add(std::string_view element);  // what element_text() made
  void end();                          // once, after the last element

 private:
  void give();

  Sink sink_;
  std::string text_;  // not yet given
  bool empty_ = true;
};

}  // namespace scoped::json
