// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"

// The systemd driver: the cgroup of a pod is a transient scope below a slice. systemd makes it and
// gives it to us whole (Delegate=yes), so all below it is done by Cgroup as with the other driver.
namespace berth::runtime {

// The cgroup of a slice: of "a-b.slice" it is "/a.slice/a-b.slice". The slice may come as its path,
// as the kubelet gives it. InvalidArgument for what is neither, and for the root "-.slice". Pure.
absl::StatusOr<std::string> SliceCgroup(absl::string_view slice);

// Has systemd make the scope whose cgroup is `cgroup`, "/a.slice/b.scope", and put the process into
// it. Returns when that is done. Unavailable when systemd does not answer.
absl::Status StartScope(const Call& call, const std::string& cgroup, int pid);

// Has systemd end that scope, which need not be there. It does so by itself after the last process,
// but not when the cgroup is removed before it has looked.
absl::Status StopScope(const Call& call, const std::string& cgroup);

}  // namespace berth::runtime
