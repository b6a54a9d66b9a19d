// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/proc.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <charconv>

#include "base/sys/file.h"

namespace berth::shim {

sys::Result WriteProc(const char* directory, const char* file, std::string_view text) {
  SYS_ASSIGN_OR_RETURN(sys::Fd opened, sys::OpenAt(AT_FDCWD, directory, O_PATH | O_DIRECTORY));
  return WriteProc(opened.get(), file, text);
}

sys::Result WriteProc(int directory, const char* file, std::string_view text) {
  SYS_ASSIGN_OR_RETURN(sys::Fd target, sys::OpenBeneath(directory, file, O_WRONLY));
  struct statfs filesystem = {};
  SYS_RETURN_IF_ERROR(sys::ResultOf(fstatfs(target.get(), &filesystem), "fstatfs"));
  if (static_cast<uint64_t>(filesystem.f_type) != PROC_SUPER_MAGIC) {
    return sys::Errno{EINVAL, "write to proc"};
  }
  return sys::WriteAll(target.get(), text.data(), text.size());
}

sys::Result SetOomScore(int score) {
  char digits[12];
  char* end = std::to_chars(digits, digits + sizeof(digits), score).ptr;
  sys::Result written =
      WriteProc("/proc/self", "oom_score_adj", {digits, static_cast<size_t>(end - digits)});
  bool not_permitted = !written.ok() && written.error().code == EACCES;
  return not_permitted ? sys::Result(sys::Done{}) : written;
}

}  // namespace berth::shim
