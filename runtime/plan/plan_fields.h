// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "runtime/plan/codec.h"
#include "runtime/plan/launch_plan.h"

// The fields of every plan in the order of their bytes. What the shim itself needs of a plan comes
// first, so that it can be read without reading the rest. A change here is a new kPlanVersion,
// but one of PodPlan alone: only the shim that its daemon has come with reads that.
namespace berth::runtime {

inline constexpr uint32_t kPlanMagic = 0x68747262;  // "brth"
inline constexpr uint32_t kPlanVersion = 6;

enum class PlanKind : uint32_t { kLaunch = 1, kExec, kPod };

template <typename Archive, typename T>
void StartFields(Archive& archive, T& launch) {
  archive(launch.container_id);
  archive(launch.process.terminal);
  archive(launch.cgroup_directories);
  archive(launch.oom_file);
  archive(launch.log_path);
  archive(launch.pid_namespace);
  archive(launch.pid_target);
  archive(launch.cgroup_namespace);
  archive(launch.open_stdin);
  archive(launch.program.pid_file);
  archive(launch.program.cgroup_directories);
  archive(launch.bundle);
}

template <typename Archive, typename T>
void ExecFields(Archive& archive, T& exec) {
  archive(exec.container_id);
  archive(exec.process.terminal);
  archive(exec.program.pid_file);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, Rlimit>
void Fields(Archive& archive, T& limit) {
  archive(limit.resource);
  archive(limit.soft);
  archive(limit.hard);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, ProcessPlan>
void Fields(Archive& archive, T& process) {
  archive(process.arguments);
  archive(process.environment);
  archive(process.working_directory);
  archive(process.uid);
  archive(process.gid);
  archive(process.groups);
  archive(process.capabilities.bounding);
  archive(process.capabilities.effective);
  archive(process.capabilities.permitted);
  archive(process.capabilities.ambient);
  archive(process.no_new_privileges);
  archive(process.rlimits);
  archive.Bytes(process.seccomp_program);
  archive(process.seccomp_flags);
  archive(process.apparmor_profile);
  archive(process.selinux_label);
  archive(process.oom_score_adj);
}

// Without those that the shim itself needs.
template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, ProgramPlan>
void Fields(Archive& archive, T& program) {
  archive(program.arguments);
  archive(program.environment);
  archive(program.directory);
  archive(program.log);
  archive(program.console);
  archive(program.narrowed_directory);
  archive(program.visible_mounts);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, MountPlanOption>
void Fields(Archive& archive, T& option) {
  archive(option.key);
  archive(option.value);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, MountPlan>
void Fields(Archive& archive, T& mount) {
  archive(mount.kind);
  archive(mount.source);
  archive(mount.destination);
  archive(mount.options);
  archive(mount.lower);
  archive(mount.sub_path);
  archive(mount.attributes);
  archive(mount.clear_attributes);
  archive(mount.propagation);
  archive(mount.recursive);
  archive(mount.recursive_attributes);
  archive(mount.optional);
  archive(mount.mapped_ids);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, DevicePlan>
void Fields(Archive& archive, T& device) {
  archive(device.path);
  archive(device.source);
  archive(device.block);
  archive(device.major);
  archive(device.minor);
  archive(device.mode);
  archive(device.uid);
  archive(device.gid);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, SymlinkPlan>
void Fields(Archive& archive, T& symlink) {
  archive(symlink.path);
  archive(symlink.target);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, HookPlan>
void Fields(Archive& archive, T& hook) {
  archive(hook.path);
  archive(hook.arguments);
  archive(hook.environment);
  archive(hook.timeout);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, LaunchPlan>
void Fields(Archive& archive, T& launch) {
  StartFields(archive, launch);
  Fields(archive, launch.program);
  archive(launch.root.lower);
  archive(launch.root.upper);
  archive(launch.root.work);
  archive(launch.root.read_only);
  archive(launch.root.is_volatile);
  archive(launch.mount_label);
  archive(launch.root_propagation);
  archive(launch.mounts);
  archive(launch.devices);
  archive(launch.symlinks);
  archive(launch.hooks);
  archive(launch.hook_state);
  archive(launch.masked_paths);
  archive(launch.read_only_paths);
  Fields(archive, launch.process);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, ExecPlan>
void Fields(Archive& archive, T& exec) {
  ExecFields(archive, exec);
  Fields(archive, exec.program);
  Fields(archive, exec.process);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, SysctlPlan>
void Fields(Archive& archive, T& sysctl) {
  archive(sysctl.path);
  archive(sysctl.value);
}

template <typename Archive, typename T>
requires std::is_same_v<std::remove_const_t<T>, PodPlan>
void Fields(Archive& archive, T& pod) {
  archive(pod.pod_id);
  archive(pod.directory);
  archive(pod.new_network);
  archive(pod.network_namespace);
  archive(pod.new_ipc);
  archive(pod.ipc_namespace);
  archive(pod.shared_memory);
  archive(pod.new_uts);
  archive(pod.shared_pid);
  archive(pod.selinux_label);
  archive(pod.hostname);
  archive(pod.shm_directory);
  archive(pod.shm_size);
  archive(pod.mount_label);
  archive(pod.sysctls);
  archive(pod.cgroup_directories);
  archive(pod.oom_score_adj);
  archive(pod.ids.first);
  archive(pod.ids.count);
}

}  // namespace berth::runtime
