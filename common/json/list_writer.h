// An object with one long list in it, `{"key": [...]}`, as dump_pretty() writes it, an element at a time:
// neither all elements nor the whole text are ever in memory. One thread.
#pragma once

#include "common/json/value.h"

#include <functional>
#include <string>
#include <string_view>

namespace scoped::json {

class ListWriter {
 public:
  // Gets the text in pieces of some 64 KiB, in order. What it refers to outlives the writer.
  using Sink = std::function<void(std::string_view)>;

  ListWriter(std::string_view key, Sink sink);
  void add(const Value& element);
  void end();  // once, after the last element

 private:
  void give();

  Sink sink_;
  std::string text_;  // not yet given
  bool empty_ = true;
};

}  // namespace scoped::json
