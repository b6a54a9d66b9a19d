// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/seccomp_default_profile.h"

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

// Everything that an ordinary program calls, and by capability what the kernel would check it for
// anyway. What is not here fails with EPERM; what is newer than all of this, with ENOSYS.
namespace berth::runtime {
namespace {

constexpr char kFiles[] =
    "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 open openat "
    "openat2 creat close close_range lseek _llseek dup dup2 dup3 fcntl fcntl64 ioctl pipe "
    "pipe2 sendfile sendfile64 splice tee vmsplice copy_file_range readahead fadvise64 "
    "fadvise64_64 fallocate ftruncate ftruncate64 truncate truncate64 flock fsync fdatasync "
    "sync syncfs sync_file_range";

constexpr char kDirectories[] =
    "access faccessat faccessat2 chdir fchdir getcwd chmod fchmod fchmodat fchmodat2 chown "
    "chown32 fchown fchown32 fchownat lchown lchown32 link linkat unlink unlinkat symlink "
    "symlinkat readlink readlinkat rename renameat renameat2 mkdir mkdirat rmdir mknod "
    "mknodat getdents getdents64 umask utime utimes utimensat utimensat_time64 futimesat "
    "name_to_handle_at "
    "stat stat64 fstat fstat64 lstat lstat64 fstatat64 newfstatat statx statfs statfs64 "
    "fstatfs fstatfs64 statmount listmount "
    "getxattr getxattrat fgetxattr lgetxattr setxattr setxattrat fsetxattr lsetxattr "
    "listxattr listxattrat flistxattr llistxattr removexattr removexattrat fremovexattr "
    "lremovexattr";

constexpr char kEvents[] =
    "select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create "
    "epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 "
    "eventfd eventfd2 signalfd signalfd4 inotify_init inotify_init1 inotify_add_watch "
    "inotify_rm_watch fanotify_mark io_setup io_destroy io_submit io_cancel io_getevents "
    "io_pgetevents io_pgetevents_time64";

constexpr char kMemory[] =
    "brk mmap mmap2 munmap mremap mprotect madvise mincore msync mlock mlock2 mlockall "
    "munlock munlockall mseal remap_file_pages memfd_create memfd_secret membarrier "
    "map_shadow_stack pkey_alloc pkey_free pkey_mprotect cachestat";

constexpr char kProcesses[] =
    "fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid "
    "getpgid getpgrp setpgid getsid setsid kill tkill tgkill pidfd_open pidfd_send_signal "
    "process_mrelease prctl rseq restart_syscall set_tid_address get_robust_list "
    "set_robust_list get_thread_area set_thread_area getcpu uretprobe "
    "futex futex_time64 futex_wait futex_waitv futex_wake futex_requeue "
    "ptrace process_vm_readv process_vm_writev";

constexpr char kIdentity[] =
    "getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid "
    "getresuid32 getresgid getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 "
    "setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid setresgid32 "
    "setfsuid setfsuid32 setfsgid setfsgid32 setgroups setgroups32 capget capset getrlimit "
    "ugetrlimit setrlimit prlimit64 getrusage seccomp landlock_create_ruleset "
    "landlock_add_rule landlock_restrict_self lsm_get_self_attr lsm_set_self_attr "
    "lsm_list_modules";

constexpr char kScheduling[] =
    "sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr "
    "sched_getparam sched_setparam sched_getscheduler sched_setscheduler "
    "sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
    "sched_rr_get_interval_time64 getpriority setpriority ioprio_get ioprio_set";

constexpr char kSignals[] =
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
    "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack sigprocmask "
    "sigreturn pause";

constexpr char kTime[] =
    "time times gettimeofday nanosleep alarm getitimer setitimer adjtimex clock_adjtime "
    "clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 timer_create timer_delete timer_getoverrun "
    "timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create "
    "timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64";

// socket(2) has rules of its own.
constexpr char kSockets[] =
    "accept accept4 bind connect listen shutdown socketcall socketpair getsockname "
    "getpeername getsockopt setsockopt recv recvfrom recvmsg recvmmsg recvmmsg_time64 send "
    "sendto sendmsg sendmmsg";

constexpr char kIpc[] =
    "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat "
    "shmctl shmdt shmget mq_open mq_unlink mq_notify mq_getsetattr mq_timedreceive "
    "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64";

constexpr char kSystem[] = "uname sysinfo getrandom";

// What is only of use, or only safe, with a capability.
struct CapabilityCalls {
  const char* capability;
  const char* names;
};
constexpr CapabilityCalls kByCapability[] = {
    {"CAP_BPF", "bpf"},
    {"CAP_DAC_READ_SEARCH", "open_by_handle_at"},
    {"CAP_PERFMON", "perf_event_open"},
    {"CAP_SYSLOG", "syslog"},
    {"CAP_SYS_ADMIN",
     "mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick "
     "clone clone3 unshare setns sethostname setdomainname quotactl quotactl_fd fanotify_init "
     "bpf perf_event_open syslog lookup_dcookie"},
    {"CAP_SYS_BOOT", "reboot"},
    {"CAP_SYS_CHROOT", "chroot"},
    {"CAP_SYS_MODULE", "init_module finit_module delete_module"},
    {"CAP_SYS_NICE", "get_mempolicy set_mempolicy set_mempolicy_home_node mbind"},
    {"CAP_SYS_PACCT", "acct"},
    {"CAP_SYS_PTRACE", "kcmp pidfd_getfd process_madvise"},
    {"CAP_SYS_RAWIO", "iopl ioperm"},
    {"CAP_SYS_TIME", "settimeofday stime clock_settime clock_settime64"},
    {"CAP_SYS_TTY_CONFIG", "vhangup"},
};

struct ArchitectureCalls {
  const char* architecture;
  const char* names;
};
constexpr ArchitectureCalls kByArchitecture[] = {
    {"amd64", "arch_prctl modify_ldt"},
    {"arm64",
     "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls"},
};

constexpr uint64_t kLowHalf = 0xffffffff;  // the kernel looks at no more of an int

// Address families that may be asked for, as values of socket(2)'s first argument under a mask. Not
// among them: AF_ALG (38), for its history of holes, and AF_VSOCK (40), which no namespace
// confines. Masks instead of ranges, so that high bits, which the kernel ignores, change nothing.
constexpr std::pair<uint64_t, uint64_t> kFamilies[] = {
    {kLowHalf & ~uint64_t{31}, 0},   // 0…31
    {kLowHalf & ~uint64_t{3}, 32},   // 32…35
    {kLowHalf & ~uint64_t{1}, 36},   // 36, 37
    {kLowHalf, 39},                  //
    {kLowHalf, 41},                  //
    {kLowHalf & ~uint64_t{1}, 42},   // 42, 43
    {kLowHalf & ~uint64_t{3}, 44},   // 44…47
    {kLowHalf & ~uint64_t{15}, 48},  // 48…63, for those to come
};

// Linux, 32-bit Linux, both with UNAME26, and the question what it is.
constexpr uint64_t kPersonalities[] = {0, 0x8, 0x20000, 0x20008, 0xffffffff};

// CLONE_NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWCGROUP.
constexpr uint64_t kNewNamespaces = 0x7e020000;

SeccompRule Allow(absl::string_view names, std::vector<SeccompArgument> arguments = {}) {
  SeccompRule rule;
  rule.names = absl::StrSplit(names, ' ');
  rule.arguments = std::move(arguments);
  return rule;
}

SeccompArgument Masked(uint64_t mask, uint64_t value) {
  return {0, mask, value, SeccompComparison::kMaskedEqual};
}

void AddConditional(std::vector<SeccompRule>& rules) {
  for (const CapabilityCalls& calls : kByCapability) {
    rules.push_back(Allow(calls.names));
    rules.back().includes.capabilities = {calls.capability};
  }
  for (const ArchitectureCalls& calls : kByArchitecture) {
    rules.push_back(Allow(calls.names));
    rules.back().includes.architectures = {calls.architecture};
  }
}

// Without CAP_SYS_ADMIN a clone makes no namespaces. The flags of clone3 lie in memory, where no
// filter can see them, so it seems not to exist, and libc goes back to clone.
void AddClone(std::vector<SeccompRule>& rules) {
  rules.push_back(Allow("clone", {Masked(kNewNamespaces, 0)}));
  rules.back().excludes.capabilities = {"CAP_SYS_ADMIN"};
  SeccompRule clone3 = Allow("clone3");
  clone3.action = SeccompAction::kErrno;
  clone3.value = ENOSYS;
  clone3.excludes.capabilities = {"CAP_SYS_ADMIN"};
  rules.push_back(std::move(clone3));
}

SeccompProfile MakeProfile() {
  SeccompProfile profile;
  profile.arch_map = {{"SCMP_ARCH_X86_64", {"SCMP_ARCH_X86", "SCMP_ARCH_X32"}},
                      {"SCMP_ARCH_AARCH64", {"SCMP_ARCH_ARM"}}};
  for (const char* names : {kFiles, kDirectories, kEvents, kMemory, kProcesses, kIdentity,
                            kScheduling, kSignals, kTime, kSockets, kIpc, kSystem}) {
    profile.rules.push_back(Allow(names));
  }
  for (const auto& [mask, family] : kFamilies) {
    profile.rules.push_back(Allow("socket", {Masked(mask, family)}));
  }
  for (const uint64_t personality : kPersonalities) {
    profile.rules.push_back(Allow("personality", {{0, personality, 0, SeccompComparison::kEqual}}));
  }
  AddConditional(profile.rules);
  AddClone(profile.rules);
  return profile;
}

}  // namespace

const SeccompProfile& DefaultSeccompProfile() {
  static const auto* profile = new SeccompProfile(MakeProfile());
  return *profile;
}

}  // namespace berth::runtime
