// A record that is kept for long, in as little memory as it needs: of the thousands that rest, most hold a
// current password and perhaps the one before, and a Record has room for much more. One thread at a time.
#pragma once

#include "common/record/record.h"

#include <memory>

namespace scoped::rotate {

class KeptRecord {
 public:
  explicit KeptRecord(const record::Record& record);
  // As it was, without its write_id, which every save sets anew.
  record::Record whole(const record::RecordName& name) const;

 private:
  record::Password current_;
  std::unique_ptr<record::Previous> previous_;
  std::optional<Instant> promoted_at_;
  int64_t generation_ = 0;
  std::unique_ptr<record::Record> rare_;  // all of a record that holds anything else
};

}  // namespace scoped::rotate
