// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/plan_header.h"

#include "runtime/plan/plan_fields.h"
#include "runtime/plan/plan_prefix.h"

namespace berth::runtime {
namespace {

// As PlanReader, but lists go to the header's own short ones.
class HeaderReader : public PlanReader {
 public:
  using PlanReader::operator();
  using PlanReader::PlanReader;

  void operator()(PlanTextList& list) {
    uint32_t count = 0;
    (*this)(count);
    for (uint32_t i = 0; i < count && ok(); ++i) {
      Check(!list.full());
      PlanText text;
      (*this)(text);
      if (ok()) {
        list.Add(text);
      }
    }
  }
};

}  // namespace

sys::ErrnoOr<LaunchHeader> ReadLaunchHeader(const char* bytes, size_t size) {
  HeaderReader reader(bytes, size);
  SYS_RETURN_IF_ERROR(ReadPrefix(reader, size, PlanKind::kLaunch));
  LaunchHeader header;
  StartFields(reader, header);
  if (!reader.ok()) {
    return sys::Errno{EBADMSG, "read plan"};
  }
  return header;
}

sys::ErrnoOr<ExecHeader> ReadExecHeader(const char* bytes, size_t size) {
  HeaderReader reader(bytes, size);
  SYS_RETURN_IF_ERROR(ReadPrefix(reader, size, PlanKind::kExec));
  ExecHeader header;
  ExecFields(reader, header);
  if (!reader.ok()) {
    return sys::Errno{EBADMSG, "read plan"};
  }
  return header;
}

}  // namespace berth::runtime
