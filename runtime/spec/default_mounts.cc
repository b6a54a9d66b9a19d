// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/default_mounts.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "runtime/spec/mount_attributes.h"

namespace berth::runtime {
namespace {

constexpr uint64_t kInert = kMountNoSuid | kMountNoDev | kMountNoExec;
constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

MountPlan Filesystem(std::string type, std::string destination, uint64_t attributes,
                     std::vector<MountPlanOption> options = {}) {
  MountPlan mount;
  mount.kind = MountKind::kFilesystem;
  mount.source = std::move(type);
  mount.destination = std::move(destination);
  mount.options = std::move(options);
  mount.attributes = attributes;
  return mount;
}

void AddFile(const std::string& source, const char* destination, uint64_t attributes, bool mapped,
             std::vector<MountPlan>& mounts) {
  if (source.empty()) {
    return;
  }
  MountPlan mount;
  mount.source = source;
  mount.destination = destination;
  mount.attributes = attributes;
  mount.mapped_ids = mapped;
  mounts.push_back(std::move(mount));
}

// cgroup2 is the directory itself; hierarchies of v1 are directories in a small tmpfs.
void AddCgroups(const HostFacts& facts, uint64_t attributes, std::vector<MountPlan>& mounts) {
  const bool one = facts.cgroup_mounts.size() == 1 && facts.cgroup_mounts.front().name.empty();
  if (!one && !facts.cgroup_mounts.empty()) {
    mounts.push_back(Filesystem("tmpfs", kCgroupRoot, kInert, {{"mode", "755"}}));
  }
  for (const CgroupMount& cgroup : facts.cgroup_mounts) {
    const std::string destination = one ? kCgroupRoot : absl::StrCat(kCgroupRoot, "/", cgroup.name);
    mounts.push_back(Filesystem(cgroup.type, destination, attributes, cgroup.options));
    mounts.back().optional = !one;
  }
}

}  // namespace

std::vector<MountPlan> DefaultMounts(const HostFacts& facts, const PodFiles& files,
                                     const v1::LinuxContainerSecurityContext& security,
                                     bool mapped) {
  const uint64_t system = security.privileged() ? kInert : kInert | kMountReadOnly;
  const bool is_closed = security.readonly_rootfs() || files.read_only;
  const uint64_t own = is_closed ? kInert | kMountReadOnly : kInert;
  std::vector<MountPlan> mounts;
  mounts.push_back(Filesystem("proc", "/proc", kInert));
  mounts.push_back(Filesystem("sysfs", "/sys", system));
  AddCgroups(facts, system, mounts);
  mounts.push_back(Filesystem("mqueue", "/dev/mqueue", kInert));
  mounts.back().optional = true;                          // a kernel may lack it
  AddFile(files.shm, "/dev/shm", kInert, false, mounts);  // made with the pod's own ids
  AddFile(files.hosts, "/etc/hosts", own, mapped, mounts);
  AddFile(files.hostname, "/etc/hostname", own, mapped, mounts);
  AddFile(files.resolv_conf, "/etc/resolv.conf", own, mapped, mounts);
  return mounts;
}

}  // namespace berth::runtime
