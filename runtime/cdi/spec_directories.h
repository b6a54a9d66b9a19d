// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/sys/inode.h"
#include "runtime/cdi/device_name.h"
#include "runtime/cdi/spec.h"
#include "runtime/spec/host_facts.h"

namespace berth::cdi {

inline constexpr size_t kMaxSpecFiles = 1024;  // in one directory

// A device and the specification that it is of.
struct FoundDevice {
  std::shared_ptr<const Spec> spec;
  const Device* device = nullptr;  // of `spec`
};

// The directories of the node with specifications, *.json and *.yaml, the most important one last.
// They are read when devices are looked for; a file that has not changed is parsed once.
// Thread-safe.
class SpecDirectories {
 public:
  explicit SpecDirectories(std::vector<std::string> directories)
      : directories_(std::move(directories)) {}

  // InvalidArgument for names that no directory has, or one directory has twice, with what is wrong
  // with the files that could not be used; FailedPrecondition when there are no directories.
  absl::StatusOr<std::vector<FoundDevice>> Find(const std::vector<std::string>& names,
                                                runtime::HostFiles& host);

 private:
  struct File {
    struct stat status = {};
    absl::StatusOr<std::shared_ptr<const Spec>> spec;
  };
  using Files = std::map<std::string, File>;  // by path

  // What is in the directories now; `problems` gets what cannot be used.
  std::vector<Files> Load(runtime::HostFiles& host, std::vector<std::string>& problems);

  const std::vector<std::string> directories_;
  absl::Mutex mutex_;
  Files files_ ABSL_GUARDED_BY(mutex_);  // as last read
};

}  // namespace berth::cdi
