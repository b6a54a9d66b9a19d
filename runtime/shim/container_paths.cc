// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/container_paths.h"

#include <cstring>

namespace berth::shim {
namespace {

class TextCopier {
 public:
  explicit TextCopier(std::span<char> space) : space_(space) {}

  const char* Copy(runtime::PlanText text) {
    if (text.size() + 1 > space_.size()) {
      full_ = true;
      return "";
    }
    char* copy = space_.data();
    memcpy(copy, text.data(), text.size());
    copy[text.size()] = '\0';
    space_ = space_.subspan(text.size() + 1);
    return copy;
  }
  bool full() const { return full_; }

 private:
  std::span<char> space_;
  bool full_ = false;
};

}  // namespace

sys::Result ContainerPaths::Copy(const runtime::LaunchHeader& header, std::span<char> space) {
  TextCopier copier(space);
  log_ = copier.Copy(header.log_path);
  oom_file_ = copier.Copy(header.oom_file);
  pid_file_ = copier.Copy(header.program.pid_file);
  for (runtime::PlanText directory : header.cgroup_directories.texts()) {
    cgroups_[cgroup_count_++] = copier.Copy(directory);
  }
  return copier.full() ? sys::Result(sys::Errno{ENAMETOOLONG, "copy paths"}) : sys::Done{};
}

}  // namespace berth::shim
